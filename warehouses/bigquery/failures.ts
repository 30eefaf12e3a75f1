import { HeaploadError } from '../../src/errors.js';

/** What a request or a job of BigQuery, or the way to it, failed with; whichever library threw it. */
export interface Failure {
  /** HTTP status; undefined when there was no answer, or for a job that failed. */
  readonly status: number | undefined;
  /** BigQuery's own word, e.g. `rateLimitExceeded`; for the network the system's, e.g. `ECONNRESET`. */
  readonly reason: string | undefined;
  readonly message: string;
  /** Where, as BigQuery says it. */
  readonly location: string | undefined;
  readonly isNetwork: boolean;
}

const NETWORK: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

const LIMITS: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'jobRateLimitExceeded',
  'quotaExceeded',
]);

const OUTAGES: ReadonlySet<string> = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'tableUnavailable',
]);

/** BigQuery calls it `invalidQuery`, like a mistake in the statement; only the words tell the two apart. */
const CONFLICT = /aborted due to concurrent update|could not serialize access/i;

/** Undefined for what neither BigQuery nor the network said: then it is a mistake of ours. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof HeaploadError) return undefined;
  // Cloud Storage's client throws the bare object of the service's answer.
  if (!(error instanceof Error)) return answerFailure(error);
  const fields = error as Error & {
    readonly code?: unknown;
    readonly type?: unknown;
    readonly errors?: unknown;
    readonly response?: { readonly status?: unknown; readonly data?: unknown };
  };
  const [first] = protosOf(fields.errors) ?? protosOf(answerOf(fields.response?.data)?.['errors']) ?? [];
  const status = statusOf(fields.response?.status) ?? statusOf(fields.code);
  if (status !== undefined) {
    const message =
      tokenRefusal(error) ??
      first?.message ??
      textOf(answerOf(fields.response?.data)?.['message']) ??
      error.message;
    return { status, reason: first?.reason, message, location: first?.location, isNetwork: false };
  }
  const code = networkCode(error);
  if (code === undefined) return undefined;
  return { status: undefined, reason: code, message: error.message, location: undefined, isNetwork: true };
}

/**
 * The word of a token endpoint that refused, e.g. `invalid_grant`; undefined for other answers. What it says besides may
 * hold what it was sent.
 */
export function tokenRefusal(error: unknown): string | undefined {
  const data = (error as { readonly response?: { readonly data?: unknown } } | undefined)?.response?.data;
  if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
  return typeof data.error === 'string' ? data.error : undefined;
}

/** Whether the same request, sent again a little later, may succeed. */
export function isPassing(failure: Failure): boolean {
  if (failure.isNetwork || CONFLICT.test(failure.message)) return true;
  if (failure.reason !== undefined && (LIMITS.has(failure.reason) || OUTAGES.has(failure.reason)))
    return true;
  return failure.status !== undefined && PASSING_STATUS.has(failure.status);
}

/** Whether a quota or a rate was the reason. */
export function isLimit(failure: Failure): boolean {
  return failure.status === 429 || (failure.reason !== undefined && LIMITS.has(failure.reason));
}

/** A job that ended with an error. */
export function jobFailure(proto: {
  readonly reason?: string;
  readonly location?: string;
  readonly message?: string;
}): Failure {
  return {
    status: undefined,
    reason: proto.reason,
    message: proto.message ?? 'the job failed without a message',
    location: proto.location,
    isNetwork: false,
  };
}

function answerFailure(answer: unknown): Failure | undefined {
  const fields = answerOf({ error: answer });
  const status = statusOf(fields?.['code']);
  const message = textOf(fields?.['message']);
  if (status === undefined || message === undefined) return undefined;
  const [first] = protosOf(fields?.['errors']) ?? [];
  return { status, reason: first?.reason, message, location: first?.location, isNetwork: false };
}

interface Proto {
  readonly reason?: string;
  readonly location?: string;
  readonly message?: string;
}

function protosOf(value: unknown): readonly Proto[] | undefined {
  return Array.isArray(value) && value.length > 0 ? (value as readonly Proto[]) : undefined;
}

/** The object `error` of an answer in JSON. */
function answerOf(data: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof data !== 'object' || data === null || !('error' in data)) return undefined;
  return typeof data.error === 'object' && data.error !== null ? { ...data.error } : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function statusOf(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 100 && status < 600 ? status : undefined;
}

/** Libraries wrap what the system said, some of them twice. */
function networkCode(error: unknown): string | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth += 1) {
    const { code, type } = each as Error & { readonly code?: unknown; readonly type?: unknown };
    if (typeof code === 'string' && NETWORK.has(code)) return code;
    if (type === 'request-timeout' || type === 'body-timeout') return 'ETIMEDOUT';
    if (each.name === 'TimeoutError') return 'ETIMEDOUT';
    if (/socket hang up|premature close|other side closed/i.test(each.message)) return 'ECONNRESET';
  }
  return undefined;
}
