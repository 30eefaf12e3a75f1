import { SnowflakeError, missingObject, unsupported } from '../errors.js';
import { type Result, STATEMENT_TYPES, statusResult, textColumn } from '../results.js';
import { showName } from '../sql/names.js';
import { type Work, expectEnd, hasWords, nameAt, schemaExists, skipWords, unexpectedAt } from './context.js';

const done = (text = 'Statement executed successfully.', type: number = STATEMENT_TYPES.session): Result =>
  statusResult(text, type);

/** BEGIN, COMMIT, ROLLBACK. */
export async function runTransaction(work: Work): Promise<Result> {
  const { session } = work;
  const word = work.tokens[0]?.text;
  const next = skipWords(work, 1, 'TRANSACTION');
  expectEnd(work, next === 1 ? skipWords(work, 1, 'WORK') : next);
  if (word === 'BEGIN' || word === 'START') await session.begin();
  else if (word === 'COMMIT') await session.commit();
  else await session.rollback();
  return done('Statement executed successfully.', STATEMENT_TYPES.transaction);
}

/** Whether it is that question alone, which a transaction answers after a failure too. */
export function asksForTransaction(work: Pick<Work, 'tokens'>): boolean {
  return work.tokens.length === 4 && hasWords(work, 0, 'SELECT', 'CURRENT_TRANSACTION', '(', ')');
}

export function currentTransaction({ session }: Work): Result {
  const id = session.transaction === 'none' ? null : session.transactionId;
  const columns = [textColumn('CURRENT_TRANSACTION()')];
  return { columns, rows: [[id]], statementType: STATEMENT_TYPES.select };
}

const PARAMETERS: ReadonlySet<string> = new Set([
  'AUTOCOMMIT',
  'LOCK_TIMEOUT',
  'QUERY_TAG',
  'STATEMENT_TIMEOUT_IN_SECONDS',
  'STATEMENT_QUEUED_TIMEOUT_IN_SECONDS',
  'TIMEZONE',
  'ABORT_DETACHED_QUERY',
  'CLIENT_SESSION_KEEP_ALIVE',
  'ERROR_ON_NONDETERMINISTIC_MERGE',
  'MULTI_STATEMENT_COUNT',
  'TRANSACTION_ABORT_ON_ERROR',
  'BINARY_OUTPUT_FORMAT',
  'DATE_OUTPUT_FORMAT',
  'TIMESTAMP_NTZ_OUTPUT_FORMAT',
  'USE_CACHED_RESULT',
  'QUOTED_IDENTIFIERS_IGNORE_CASE',
]);

/** Those that would change what statements mean have one value here. */
const ONLY_VALUES: Readonly<Record<string, string>> = {
  BINARY_OUTPUT_FORMAT: 'HEX',
  ERROR_ON_NONDETERMINISTIC_MERGE: 'TRUE',
  QUOTED_IDENTIFIERS_IGNORE_CASE: 'FALSE',
  TIMEZONE: 'UTC',
  TRANSACTION_ABORT_ON_ERROR: 'FALSE',
};

/** ALTER SESSION SET name = value …, or UNSET name, …. */
export function alterSession(work: Work): Result {
  if (hasWords(work, 2, 'UNSET')) {
    for (let at = 3; at < work.tokens.length; at += 2) work.session.parameters.delete(parameterAt(work, at));
    return done();
  }
  if (!hasWords(work, 2, 'SET')) throw unexpectedAt(work, 2);
  let at = 3;
  while (at < work.tokens.length) {
    const name = parameterAt(work, at);
    const value = work.tokens[at + 2];
    if (!hasWords(work, at + 1, '=') || value === undefined) throw unexpectedAt(work, at + 1);
    setParameter(work, name, value.text);
    at += 3;
    if (work.tokens[at]?.text === ',') at += 1;
  }
  return done();
}

function setParameter(work: Work, name: string, value: string): void {
  if (name === 'QUERY_TAG' && value.length > 2000) {
    throw new SnowflakeError('000016', '22023', 'Query tag cannot be longer than 2000 characters.');
  }
  const only = ONLY_VALUES[name];
  if (only !== undefined && value.toUpperCase() !== only) throw unsupported(`${name} = ${value}`);
  work.session.parameters.set(name, value);
}

function parameterAt(work: Work, at: number): string {
  const name = work.tokens[at]?.text ?? '';
  if (PARAMETERS.has(name)) return name;
  throw new SnowflakeError(
    '001420',
    '22023',
    `SQL compilation error:\ninvalid property '${name}' for 'SESSION'`,
  );
}

/** USE ROLE, WAREHOUSE, DATABASE or SCHEMA. */
export async function runUse(work: Work): Promise<Result> {
  const { session } = work;
  const kind = work.tokens[1]?.text;
  const named = kind === 'ROLE' || kind === 'WAREHOUSE' || kind === 'DATABASE' || kind === 'SCHEMA';
  const { parts, next } = nameAt(work, named ? 2 : 1);
  expectEnd(work, next);
  const name = parts.at(-1) ?? '';
  if (kind === 'ROLE') {
    if (!session.identity.roles.includes(name)) {
      const message = `SQL access control error:\nRequested role '${name}' is not assigned to the executing user. Specify another role to activate.`;
      throw new SnowflakeError('003013', '42501', message);
    }
    session.role = name;
  } else if (kind === 'WAREHOUSE') {
    work.warehouses.find(name);
    work.privileges.require(session.role, 'USAGE', 'warehouse', [name]);
    session.warehouse = name;
  } else if (kind === 'SCHEMA') {
    await useSchema(work, parts);
  } else {
    if (!work.hasDatabase(name)) throw missingObject('Object', name);
    await session.use(name, schemaExists(work, name, 'PUBLIC') ? 'PUBLIC' : undefined);
  }
  return done();
}

async function useSchema(work: Work, parts: readonly string[]): Promise<void> {
  const [schema = '', database = work.session.database ?? ''] = [...parts].reverse();
  if (!schemaExists(work, database, schema)) throw missingObject('Object', showName([database, schema]));
  await work.session.use(database, schema);
}
