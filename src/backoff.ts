import { setTimeout as sleep } from 'node:timers/promises';

/** How patient repeated attempts are. */
export interface Patience {
  /** How often something is tried at most. */
  readonly attempts: number;
  /** Upper limit of the first pause between attempts, in milliseconds; it doubles with each further one. */
  readonly pauseMs: number;
  /** No pause is longer, in milliseconds. */
  readonly longestPauseMs: number;
}

/** Milliseconds to pause before attempt `failures + 1`: anything from 0 to a limit that doubles ("full jitter"). */
export function jitter(failures: number, limits: Pick<Patience, 'pauseMs' | 'longestPauseMs'>): number {
  const ceiling = Math.min(limits.longestPauseMs, limits.pauseMs * 2 ** Math.max(0, failures - 1));
  return Math.floor(Math.random() * ceiling);
}

/** Waits; ends early, without an error, when the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

export interface Retrying {
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Whether an attempt that failed so may succeed when it is made again. */
  readonly isPassing: (error: unknown) => boolean;
}

/** Tries until it succeeds, fails for good, is aborted, or patience ends; throws the last attempt's error. */
export async function retrying<T>(
  attempt: (n: number) => Promise<T>,
  { patience, signal, isPassing }: Retrying,
): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await attempt(n);
    } catch (error) {
      if (n >= patience.attempts || !isPassing(error) || signal?.aborted === true) throw error;
    }
    await pause(jitter(n, patience), signal);
  }
}
