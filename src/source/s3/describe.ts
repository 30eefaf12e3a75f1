import type { Failure } from './failure.js';
import type { Redactor } from './redact.js';

/** `503 SlowDown "Please reduce your request rate."`, without secrets. */
export function describeFailure(failure: Failure, redactor: Redactor): string {
  const head = [failure.status, failure.systemCode ?? failure.name]
    .filter((word) => word !== undefined)
    .join(' ');
  const said = redactor.clean(failure.message).replace(/\s+/g, ' ').slice(0, 300).trim();
  const known = said === '' || said === 'UnknownError' || said === failure.name;
  return known ? head : `${head} "${said}"`;
}

/**
 * The SDK's error, reduced to what may be logged: its own object carries requests, headers and, in some answers,
 * access key ids.
 */
export function quietCause(failure: Failure, redactor: Redactor): Error {
  const request = failure.requestId === undefined ? '' : ` (request ${failure.requestId})`;
  const cause = new Error(`${describeFailure(failure, redactor)}${request}`);
  cause.name = failure.name;
  return cause;
}
