import { type ErrorCode, HeaploadError, asHeaploadError } from '../../src/errors.js';
import type { Credentials } from './credentials.js';
import { type Failure, failureOf, isLimit, isPassing, tokenRefusal } from './failures.js';
import type { JobReference } from './resources.js';
import { missingRole } from './roles.js';

/** What our own assertions say; see atomically.ts. BigQuery puts words before and a place behind. */
const ASSERTION = /\b(LEASE_HELD|LEASE_LOST|LOAD_STATE|COUNTS_MISMATCH): (.*?)(?: at \[\d+:\d+\])?\.?$/s;

const CREDENTIALS =
  /default credentials|invalid_grant|invalid_client|unauthorized_client|invalid_target|private key|DECODER|refresh token|impersonat|credential|subject token|unable to detect a project/i;

/** What went wrong and where, as one of our errors. `cause` is left out: it holds the request with its token. */
export function bigqueryError(error: unknown, job?: JobReference): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const failure = failureOf(error);
  const refusal = tokenRefusal(error);
  if (refusal !== undefined && (failure === undefined || !isPassing(failure)))
    return refusedCredentials(`Google gives no token for them (${refusal})`);
  if (failure !== undefined) return failureError(failure, job);
  if (error instanceof Error && CREDENTIALS.test(error.message)) return refusedCredentials(error.message);
  return asHeaploadError(error);
}

export function failureError(failure: Failure, job?: JobReference): HeaploadError {
  const [, code, said] = ASSERTION.exec(failure.message) ?? [];
  if (code !== undefined && said !== undefined) {
    return new HeaploadError(code as ErrorCode, said, {
      hint: `Nothing of this step was committed. Run again; if it happens again, please report it.${link(job)}`,
    });
  }
  const { reason } = failure;
  const place = failure.location === undefined || failure.location === '' ? '' : `, at ${failure.location}`;
  const what = `${oneLine(failure.message)} (${reason ?? `HTTP ${failure.status ?? 'error'}`}${place})`;
  const { code: mapped, say, hint } = verdict(failure);
  return new HeaploadError(mapped, `${say}: ${what}`, { hint: `${hint}${link(job)}` });
}

interface Verdict {
  readonly code: ErrorCode;
  readonly say: string;
  readonly hint: string;
}

function verdict(failure: Failure): Verdict {
  const { status, reason } = failure;
  if (reason === 'bytesBilledLimitExceeded') {
    const hint =
      'It was not carried out. Raise warehouse.maximum_bytes_billed, or see what it costs: heapload plan --estimate.';
    return { code: 'WAREHOUSE_LIMIT', say: 'BigQuery would bill more than is allowed', hint };
  }
  if (isLimit(failure)) {
    const hint = 'It was tried again for a while. Run again later, or raise the quota of the project.';
    return { code: 'WAREHOUSE_LIMIT', say: 'A quota of BigQuery is used up', hint };
  }
  if (/too many partition/i.test(failure.message)) {
    const hint =
      'A table of BigQuery has at most 10,000 days, and a transaction changes 100,000. Leave out older rows with source.start_date.';
    return { code: 'WAREHOUSE_LIMIT', say: 'The rows fall into too many partitions', hint };
  }
  if (isPassing(failure)) {
    const hint = 'It was tried again for a while. Nothing half done was kept; run again later.';
    return { code: 'WAREHOUSE_UNAVAILABLE', say: 'BigQuery does not answer as it should', hint };
  }
  if (status === 401)
    return {
      code: 'WAREHOUSE_DENIED',
      say: 'BigQuery does not accept the credentials',
      hint: CHECK_CREDENTIALS,
    };
  if (reason === 'accessDenied' || reason === 'billingNotEnabled' || status === 403)
    return { code: 'WAREHOUSE_DENIED', say: 'BigQuery refused access', hint: missingRole(failure.message) };
  if (reason === 'responseTooLarge' || reason === 'resourcesExceeded') {
    const hint = 'Load fewer dumps at a time (--to-dump), or give the project more slots.';
    return { code: 'WAREHOUSE_LIMIT', say: 'BigQuery ran out of room for a statement', hint };
  }
  if (reason === 'stopped')
    return { code: 'WAREHOUSE_UNAVAILABLE', say: 'The job was cancelled', hint: 'Run again.' };
  if (reason === 'notFound') {
    const hint =
      'Check warehouse.project, warehouse.schema and warehouse.location, and that nobody drops tables while a run works.';
    return { code: 'SQL_FAILED', say: 'BigQuery does not find what it was asked for', hint };
  }
  const hint =
    'Nothing of this load was committed. If the tables were changed by hand, undo that; otherwise please report it.';
  return { code: 'SQL_FAILED', say: 'BigQuery refused a job', hint };
}

const CHECK_CREDENTIALS =
  'Check warehouse.credentials: application_default needs `gcloud auth application-default login` or GOOGLE_APPLICATION_CREDENTIALS; a key may have been revoked.';

/** What Google's library threw while it looked for credentials; never with their text. */
export function credentialsError(error: unknown, credentials: Credentials<unknown>): HeaploadError {
  const failure = failureOf(error);
  if (failure?.isNetwork === true) return failureError(failure);
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  if (credentials.kind === 'file') {
    const why = code === 'ENOENT' ? 'it does not exist' : 'it cannot be used as a key';
    return new HeaploadError('WAREHOUSE_DENIED', `The key file cannot be read: ${why}.`, {
      place: { file: credentials.path },
      hint: 'Set warehouse.credentials to the path of a key file, relative to the configuration file.',
    });
  }
  const message = credentials.kind === 'json' ? 'the key cannot be used' : messageOf(error);
  return refusedCredentials(message);
}

function refusedCredentials(message: string): HeaploadError {
  return new HeaploadError(
    'WAREHOUSE_DENIED',
    `There are no usable credentials for BigQuery: ${oneLine(message)}`,
    {
      hint: CHECK_CREDENTIALS,
    },
  );
}

/** The job in Google's console. */
function link(job: JobReference | undefined): string {
  if (job === undefined) return '';
  const id = [job.projectId, job.location, job.jobId].map(encodeURIComponent);
  return ` The job: https://console.cloud.google.com/bigquery?project=${id[0] ?? ''}&j=bq:${id[1] ?? ''}:${id[2] ?? ''}&page=queryresults`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
}
