import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { jitter } from '../../backoff.js';
import type { S3Limits } from './options.js';

type Strategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { acquireInitialRetryToken: (scope: string) => unknown }
>;

/**
 * Retries of single requests. What may be retried is the SDK's classification; only the pauses are ours,
 * because its standard strategy cuts `Retry-After` to five seconds and gives up early when many files are
 * being read at once (its retry quota is shared by all requests of a client).
 */
export function retryStrategy(limits: S3Limits): Strategy {
  const token = (failures: number, pause: number): ReturnType<typeof makeToken> => makeToken(failures, pause);
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0, 0)),
    refreshRetryTokenForRetry(last, failure) {
      const failures = last.getRetryCount() + 1;
      const worthwhile = failure.errorType === 'THROTTLING' || failure.errorType === 'TRANSIENT';
      if (!worthwhile || failures >= limits.attempts) {
        return Promise.reject(new Error('no further attempt'));
      }
      const asked = failure.retryAfterHint === undefined ? 0 : failure.retryAfterHint.getTime() - Date.now();
      const pause = Math.max(jitter(failures, limits), Math.min(asked, limits.longestRetryAfterMs));
      return Promise.resolve(token(failures, pause));
    },
    recordSuccess: () => undefined,
  };
}

function makeToken(failures: number, pause: number) {
  return {
    getRetryCount: () => failures,
    getRetryDelay: () => pause,
    getRetryCost: () => undefined,
  };
}
