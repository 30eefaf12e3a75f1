import { jitter, pause } from '../../backoff.js';
import { HeaploadError } from '../../errors.js';
import { interrupted } from './errors.js';
import { failureOf, isNetworkFailure } from './failure.js';
import { PROGRESS_BYTES, type S3Limits } from './options.js';

/** The part of a stream of the SDK that is used here. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

export interface BodyPlan {
  readonly key: string;
  /** First byte wanted. */
  readonly start: number;
  /** First byte not wanted; never beyond the end of the object. */
  readonly end: number;
  /** The answer that was already opened at `start`. */
  readonly first: ByteStream;
  /** Opens the same content again; fails when it is not the same any more. */
  readonly reopen: (position: number) => Promise<ByteStream>;
  readonly limits: S3Limits;
  readonly signal: AbortSignal | undefined;
}

/**
 * Exactly the bytes from `start` to `end`. A body that breaks, stalls or ends early is taken up again at the
 * byte after the last one given out; what cannot be got is a `SOURCE_UNREADABLE` with that offset.
 */
export async function* bytesOf(plan: BodyPlan): AsyncGenerator<Uint8Array, void, undefined> {
  let position = plan.start;
  let breaks = 0;
  let movedTo = position;
  let stream = plan.first;
  let chunks = stream[Symbol.asyncIterator]();
  try {
    while (position < plan.end) {
      const step = await nextChunk(chunks, plan);
      if ('chunk' in step) {
        const chunk = step.chunk.subarray(0, plan.end - position);
        position += chunk.length;
        yield chunk;
        continue;
      }
      stream.destroy();
      if (position - movedTo >= PROGRESS_BYTES) breaks = 0;
      movedTo = position;
      breaks += 1;
      if (!step.again || breaks >= plan.limits.bodyAttempts)
        throw givenUp(plan, position, breaks, step.reason);
      await pause(jitter(breaks, plan.limits), plan.signal);
      if (plan.signal?.aborted === true) throw interrupted(plan.signal.reason, { file: plan.key });
      stream = await plan.reopen(position);
      chunks = stream[Symbol.asyncIterator]();
    }
  } finally {
    stream.destroy();
  }
}

type Step = { readonly chunk: Uint8Array } | { readonly again: boolean; readonly reason: string };

async function nextChunk(chunks: AsyncIterator<Uint8Array>, plan: BodyPlan): Promise<Step> {
  try {
    const next = await waitFor(chunks.next(), plan);
    if (next === undefined)
      return { again: true, reason: `no byte came for ${plan.limits.stallMs / 1000} s` };
    return next.done === true ? { again: true, reason: 'it ended early' } : { chunk: next.value };
  } catch (error) {
    if (error instanceof HeaploadError) throw error;
    const failure = failureOf(error);
    return { again: isNetworkFailure(failure), reason: failure.systemCode ?? failure.name };
  }
}

/** Undefined when nothing came in time. The clock runs only here: a slow consumer never looks like a slow server. */
async function waitFor<T>(coming: Promise<T>, plan: BodyPlan): Promise<T | undefined> {
  const { signal } = plan;
  let tidy = (): void => undefined;
  const waiting = new Promise<T | undefined>((resolve, reject) => {
    const stop = (): void => {
      reject(interrupted(signal?.reason, { file: plan.key }));
    };
    const alarm = setTimeout(resolve, plan.limits.stallMs, undefined);
    tidy = () => {
      clearTimeout(alarm);
      signal?.removeEventListener('abort', stop);
    };
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    coming.then(resolve, reject);
  });
  return waiting.finally(tidy);
}

function givenUp(plan: BodyPlan, position: number, breaks: number, reason: string): HeaploadError {
  const times = breaks === 1 ? '' : ` after it was taken up ${breaks - 1} times`;
  return new HeaploadError('SOURCE_UNREADABLE', `The object broke off while being read${times}: ${reason}.`, {
    hint: 'Nothing half read was kept. Check the network between here and the store, and run it again.',
    place: { file: plan.key, offset: position },
  });
}
