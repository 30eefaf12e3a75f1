import { HeaploadError } from '../errors.js';

/** Throws when the signal was aborted: its reason if that is a HeaploadError, else `INTERRUPTED`. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const reason: unknown = signal.reason;
  if (reason instanceof HeaploadError) throw reason;
  throw new HeaploadError('INTERRUPTED', 'Reading the source was stopped.', {
    hint: 'Nothing half read was kept; run it again.',
    cause: reason,
  });
}
