/** One HTTP request sent to S3, retries counted one by one. Requests to STS are not counted. */
export type RequestKind = 'LIST' | 'GET' | 'HEAD';

/** How patient the store is, and where it reports. Every part has a default fit for a night's network. */
export interface S3Options {
  /** Told of every request just before it is sent. */
  readonly onRequest?: (kind: RequestKind) => void;
  /** Largest number of keys asked for in one page of a listing; S3 itself never gives more than 1,000. */
  readonly pageSize?: number;
  /** Milliseconds to wait for a connection. */
  readonly connectMs?: number;
  /** Milliseconds to wait for the headers of an answer. */
  readonly responseMs?: number;
  /** Milliseconds without a byte after which a body counts as broken. */
  readonly stallMs?: number;
  /** How often one request is sent at most. */
  readonly attempts?: number;
  /** How often in a row a body may break, without {@link PROGRESS_BYTES} in between, before it is given up. */
  readonly bodyAttempts?: number;
  /** Upper limit of the first pause between attempts, in milliseconds; it doubles with each further one. */
  readonly pauseMs?: number;
  /** No pause is longer, except as a server asks for with `Retry-After`. */
  readonly longestPauseMs?: number;
  /** Longest `Retry-After` that is obeyed, in milliseconds; a longer one counts as this. */
  readonly longestRetryAfterMs?: number;
  /** What the role's session is called in CloudTrail. */
  readonly sessionName?: string;
}

export type S3Limits = Required<Omit<S3Options, 'onRequest' | 'pageSize' | 'sessionName'>>;

/** Bytes after which a body that broke counts as moving again. */
export const PROGRESS_BYTES = 1024 * 1024;

const DEFAULTS: S3Limits = {
  connectMs: 10_000,
  responseMs: 60_000,
  stallMs: 60_000,
  attempts: 8,
  bodyAttempts: 8,
  pauseMs: 200,
  longestPauseMs: 20_000,
  longestRetryAfterMs: 120_000,
};

export function limitsOf(options: S3Options): S3Limits {
  return {
    connectMs: options.connectMs ?? DEFAULTS.connectMs,
    responseMs: options.responseMs ?? DEFAULTS.responseMs,
    stallMs: options.stallMs ?? DEFAULTS.stallMs,
    attempts: options.attempts ?? DEFAULTS.attempts,
    bodyAttempts: options.bodyAttempts ?? DEFAULTS.bodyAttempts,
    pauseMs: options.pauseMs ?? DEFAULTS.pauseMs,
    longestPauseMs: options.longestPauseMs ?? DEFAULTS.longestPauseMs,
    longestRetryAfterMs: options.longestRetryAfterMs ?? DEFAULTS.longestRetryAfterMs,
  };
}
