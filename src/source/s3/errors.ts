import type { S3Source } from '../../config/types.js';
import { type ErrorCode, HeaploadError } from '../../errors.js';
import { explainDenial } from './denials.js';
import { describeFailure, quietCause } from './describe.js';
import { type Failure, failureOf, isNetworkFailure, isTlsFailure } from './failure.js';
import type { Redactor } from './redact.js';

/** What was being done when it failed. */
export type Action =
  | { readonly kind: 'list'; readonly prefix: string }
  | { readonly kind: 'read'; readonly key: string }
  /** Looking at the bucket itself, to find its region. */
  | { readonly kind: 'locate' };

export interface ErrorContext {
  readonly source: S3Source;
  readonly redactor: Redactor;
}

export interface Told {
  readonly code: Extract<ErrorCode, `SOURCE_${string}`>;
  readonly message: string;
  readonly hint: string;
}

/** Anything the SDK throws as a `HeaploadError` that says what to do next and holds no secret. */
export function asSourceError(error: unknown, action: Action, context: ErrorContext): HeaploadError {
  const place = action.kind === 'read' ? { file: action.key } : {};
  if (error instanceof HeaploadError) return error.at(place);
  const failure = failureOf(error);
  if (failure.name === 'AbortError') return interrupted(undefined, place);
  const told = explain(failure, action, context);
  return new HeaploadError(told.code, told.message, {
    hint: told.hint,
    place,
    cause: quietCause(failure, context.redactor),
  });
}

/** What a signal that fired means: its own reason when that is one of our errors. */
export function interrupted(reason: unknown, place: { readonly file?: string } = {}): HeaploadError {
  if (reason instanceof HeaploadError) return reason;
  return new HeaploadError('INTERRUPTED', 'Reading the source was stopped.', {
    hint: 'Nothing half read was kept; run it again.',
    place,
  });
}

function explain(failure: Failure, action: Action, context: ErrorContext): Told {
  return (
    explainPlace(failure, action, context) ??
    explainDenial(failure, action, context) ??
    explainObject(failure, action, context) ??
    explainNetwork(failure, action, context) ?? {
      code: 'SOURCE_UNREADABLE',
      message: `S3 could not ${verb(action, context)}: ${describeFailure(failure, context.redactor)}.`,
      hint: 'This answer is not one heapload knows, so it was not tried again. Check the bucket and the endpoint.',
    }
  );
}

/** `list s3://bucket/prefix`, `read s3://bucket/key`, for the middle of a sentence. */
export function verb(action: Action, context: ErrorContext): string {
  const { bucket } = context.source;
  switch (action.kind) {
    case 'list':
      return `list s3://${bucket}/${action.prefix}`;
    case 'read':
      return `read s3://${bucket}/${action.key}`;
    case 'locate':
      return `look at the bucket ${bucket}`;
  }
}

/** Wrong region, wrong bucket: before denials, since S3 words some of them as one. */
function explainPlace(failure: Failure, action: Action, context: ErrorContext): Told | undefined {
  const { bucket, region } = context.source;
  const elsewhere =
    failure.status === 301 ||
    ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'].includes(
      failure.name,
    );
  const other = failure.region !== undefined && failure.region !== region;
  if (elsewhere || (failure.status === 400 && other)) {
    const used = region === undefined ? '' : `, not in ${region}`;
    return {
      code: 'SOURCE_DENIED',
      message: other
        ? `The bucket ${bucket} lies in the region ${failure.region}${used}.`
        : `The bucket ${bucket} lies in another region than ${region ?? 'the one asked'}.`,
      hint: other
        ? `Set source.region: ${failure.region}, or leave it out to have it found.`
        : 'Leave source.region out to have it found, or set the one the S3 console shows for this bucket.',
    };
  }
  const gone = failure.name === 'NoSuchBucket' || (failure.status === 404 && action.kind !== 'read');
  if (!gone) return undefined;
  return {
    code: 'SOURCE_MISSING',
    message: `There is no bucket ${bucket}${endpointOf(context)}.`,
    hint: 'Check source.bucket (and source.endpoint, if the store is not Amazon S3).',
  };
}

function explainObject(failure: Failure, action: Action, context: ErrorContext): Told | undefined {
  if (failure.status === 404) {
    const marker = failure.headers['x-amz-delete-marker'] === 'true';
    return {
      code: 'SOURCE_MISSING',
      message: `S3 has no object to ${verb(action, context)}${marker ? ': it was deleted (a delete marker is its latest version)' : ''}.`,
      hint: marker
        ? 'Restore it by removing the delete marker, or see on_bad_file in docs/s3.md.'
        : 'It may have been deleted after it was listed, or its manifest may name it wrongly. Run it again; if it stays away, ask for the dump to be delivered anew.',
    };
  }
  if (failure.status === 412) return changed(action, context);
  return undefined;
}

/** The object is not the one that was planned with. */
export function changed(action: Action, context: ErrorContext): Told {
  return {
    code: 'SOURCE_CHANGED',
    message: `The object was overwritten since it was looked at; heapload did not ${verb(action, context)} any further.`,
    hint: 'Run it again: the new content is then planned with and read as a whole.',
  };
}

function explainNetwork(failure: Failure, action: Action, context: ErrorContext): Told | undefined {
  const tried =
    failure.attempts === undefined || failure.attempts < 2 ? '' : ` after ${failure.attempts} attempts`;
  if ((failure.status ?? 0) >= 500 || failure.status === 429) {
    return {
      code: 'SOURCE_UNREADABLE',
      message: `S3 could not ${verb(action, context)}${tried}: ${describeFailure(failure, context.redactor)}.`,
      hint: 'The store is overloaded or broken for now. Nothing half read was kept; run it again later.',
    };
  }
  if (isTlsFailure(failure)) {
    return {
      code: 'SOURCE_UNREADABLE',
      message: `No secure connection to S3${endpointOf(context)} could be made (${failure.systemCode ?? failure.name}).`,
      hint: 'Check whether the endpoint speaks https or http, and name the certificate of a private authority in NODE_EXTRA_CA_CERTS.',
    };
  }
  if (!isNetworkFailure(failure)) return undefined;
  const unresolved = failure.systemCode === 'ENOTFOUND' && context.source.endpoint !== undefined;
  return {
    code: 'SOURCE_UNREADABLE',
    message: `S3${endpointOf(context)} cannot be reached${tried} (${failure.systemCode ?? failure.name}); heapload wanted to ${verb(action, context)}.`,
    hint:
      unresolved && !context.source.pathStyle
        ? 'Check source.endpoint; stores that do not serve buckets as host names need source.path_style: true.'
        : 'Check the network, source.region and source.endpoint. Nothing half read was kept; run it again.',
  };
}

/** ` at http://127.0.0.1:9000`; empty for Amazon's own. */
function endpointOf(context: ErrorContext): string {
  const { endpoint } = context.source;
  if (endpoint === undefined || !URL.canParse(endpoint)) return '';
  return ` at ${new URL(endpoint).origin}`;
}
