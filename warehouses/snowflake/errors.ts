import { type ErrorCode, HeaploadError } from '../../src/errors.js';
import type { SnowflakeSettings } from './settings.js';

/** What the driver reports of a failure; nothing else of its error is kept, since that may hold headers. */
interface Failure {
  readonly name: string;
  /** Of Snowflake or of the driver, six digits. */
  readonly code: string;
  readonly sqlState: string | undefined;
  readonly message: string;
  readonly queryId: string | undefined;
  /** Of the statement, from 1; undefined when the whole of it is meant. */
  readonly line: number | undefined;
  readonly position: number | undefined;
}

function failureOf(error: unknown): Failure {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const data = (typeof given['data'] === 'object' ? given['data'] : null) as Record<string, unknown> | null;
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  const place = (value: unknown): number | undefined =>
    typeof value === 'number' && value >= 0 ? value : undefined;
  const code = given['code'];
  return {
    name: text(given['name']) ?? 'Error',
    code: typeof code === 'string' || typeof code === 'number' ? String(code).padStart(6, '0') : '',
    sqlState: text(given['sqlState']),
    message: (text(given['message']) ?? String(error)).replaceAll(/\s+/g, ' ').trim(),
    queryId: text(data?.['queryId']),
    line: place(data?.['line']),
    position: place(data?.['pos']),
  };
}

interface Reading {
  readonly code: ErrorCode;
  readonly hint: string;
}

/** What Snowflake's own numbers mean for a run. Not listed: it refused the statement, and why is in the message. */
const READINGS: Readonly<Record<string, Reading>> = {
  '000604': {
    code: 'SQL_FAILED',
    hint: 'Somebody stopped the statement in Snowflake. Run again.',
  },
  '000625': {
    code: 'WAREHOUSE_UNAVAILABLE',
    hint: 'Another transaction held a lock for too long. Run again.',
  },
  '000630': {
    code: 'SQL_FAILED',
    hint: 'Raise statement_timeout, or the limit of the account, user or virtual warehouse if that is lower; or take a larger virtual warehouse.',
  },
  '002003': {
    code: 'SQL_FAILED',
    hint: 'Either it is not there, or the role may not see it. `heapload check` tells which permissions are missing.',
  },
};

const NO_WAREHOUSE = '000606';
const SESSION_GONE: readonly string[] = ['390104', '390111', '390112', '390114', '407002'];
const NO_ANSWER: readonly string[] = [
  'NetworkError',
  'RequestFailedError',
  'UnexpectedContentError',
  'LargeResultSetError',
];

/** What went wrong with a statement. `sql` is shown by its first line. */
export function statementError(error: unknown, sql: string, settings: SnowflakeSettings): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const failure = failureOf(error);
  if (isConnectionLost(error)) {
    return new HeaploadError('WAREHOUSE_UNAVAILABLE', `The connection to Snowflake broke: ${told(failure)}`, {
      hint: 'Whether the last statement was carried out is in the ledger. Run again: it goes on from there.',
    });
  }
  if (failure.code === NO_WAREHOUSE) return noWarehouse(settings);
  const message = `${told(failure)} (in: ${sql.split('\n', 1)[0] ?? ''} …)`;
  if (failure.sqlState === '42501') {
    return new HeaploadError('WAREHOUSE_DENIED', message, {
      hint: `Role ${roleName(settings)} lacks a permission. \`heapload check\` prints the GRANT that is missing.`,
    });
  }
  const reading = READINGS[failure.code];
  return new HeaploadError(reading?.code ?? 'SQL_FAILED', message, {
    hint:
      reading?.hint ??
      'Nothing of this load was committed. If the tables were changed by hand, undo that; otherwise please report it.',
  });
}

/** True when nobody can say whether a statement was carried out. */
export function isConnectionLost(error: unknown): boolean {
  return isReplyLost(error) || SESSION_GONE.includes(failureOf(error).code);
}

/** True when Snowflake has not answered, or somebody else has, and the session may be there still. */
export function isReplyLost(error: unknown): boolean {
  const { name, code } = failureOf(error);
  // A page of a proxy's, say, is a failure without a number.
  return NO_ANSWER.includes(name) || (name === 'OperationFailedError' && code === '');
}

/** True for an object or column that is not there, or that the role may not see: Snowflake does not tell them apart. */
export function isMissing(error: unknown): boolean {
  return ['000904', '002003', '002043'].includes(failureOf(error).code);
}

/** A trial of a permission that failed; `grant` is what would let it pass. */
export function refusal(
  error: unknown,
  grant: string,
  sql: string,
  settings: SnowflakeSettings,
): HeaploadError {
  if (isConnectionLost(error)) return statementError(error, sql, settings);
  return new HeaploadError('WAREHOUSE_DENIED', told(failureOf(error)), { hint: grant });
}

/** What keeps us out. */
export function loginError(error: unknown, settings: SnowflakeSettings): HeaploadError {
  const failure = failureOf(error);
  if (failure.name === 'NetworkError' || failure.name === 'RequestFailedError') {
    const where = settings.accessUrl ?? `account ${settings.account}`;
    return new HeaploadError('WAREHOUSE_UNAVAILABLE', `Snowflake cannot be reached: ${told(failure)}`, {
      hint: `Check the network, a proxy, and that ${where} is spelled rightly.`,
    });
  }
  if (/\brole\b/i.test(failure.message)) return roleRefused(failure, settings);
  return new HeaploadError('WAREHOUSE_DENIED', `Snowflake refused the login: ${told(failure)}`, {
    hint: LOGIN_HINTS[settings.authentication.kind],
  });
}

const LOGIN_HINTS: Readonly<Record<SnowflakeSettings['authentication']['kind'], string>> = {
  key_pair:
    'Check account and user, and that the public half of this key is the user’s: ALTER USER … SET RSA_PUBLIC_KEY = …. The clock of this machine must be right within a minute.',
  password:
    'Check account, user and password. A user with a second factor cannot log in so: give a key pair.',
  oauth: 'Check that the token has not expired and is meant for this account, user and role.',
  programmatic_access_token:
    'Check that the token has not expired, belongs to this user, is not bound to another role, and that a network policy lets it in.',
  workload_identity:
    'Check that the user is of TYPE = SERVICE and that its WORKLOAD_IDENTITY names what this machine runs as.',
};

function roleRefused(failure: Failure, settings: SnowflakeSettings): HeaploadError {
  const role = roleName(settings);
  return new HeaploadError('WAREHOUSE_DENIED', `Snowflake refused role ${role}: ${told(failure)}`, {
    hint: `Create the role, or give it to the user: GRANT ROLE ${role} TO USER ${settings.user};`,
  });
}

/** The virtual warehouse does not exist, or the role may not use it, or it sleeps and may not be woken. */
export function noWarehouse(settings: SnowflakeSettings): HeaploadError {
  const { warehouse } = settings;
  return new HeaploadError('WAREHOUSE_DENIED', `Virtual warehouse ${warehouse} cannot be used.`, {
    hint: `Check its name, and let the role use it: GRANT USAGE ON WAREHOUSE ${warehouse} TO ROLE ${roleName(settings)}; If it is suspended and has AUTO_RESUME = FALSE: GRANT OPERATE, and heapload resumes it for a run.`,
  });
}

/** The database does not exist, or the role may not use it. */
export function noDatabase(settings: SnowflakeSettings): HeaploadError {
  const { database } = settings;
  return new HeaploadError('WAREHOUSE_DENIED', `Database ${database} cannot be used.`, {
    hint: `Check its name, and let the role use it: GRANT USAGE ON DATABASE ${database} TO ROLE ${roleName(settings)};`,
  });
}

function roleName(settings: SnowflakeSettings): string {
  return settings.role ?? '<the default role of the user>';
}

/** The message with what identifies it at Snowflake. */
function told(failure: Failure): string {
  const place =
    failure.line === undefined ? '' : ` at line ${failure.line}, position ${failure.position ?? 0}`;
  const state = failure.sqlState === undefined ? '' : `, SQLSTATE ${failure.sqlState}`;
  const query = failure.queryId === undefined ? '' : `, query ${failure.queryId}`;
  return `${failure.message}${place} [${failure.code}${state}${query}]`;
}
