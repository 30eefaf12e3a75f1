import { SnowflakeError, engineError, unsupported } from './errors.js';
import type { Result } from './results.js';
import { type Work, hasWords } from './statements/context.js';
import { runCopy } from './statements/copy.js';
import { alterTable, createSchema, createTable, dropSchema, dropTable } from './statements/ddl.js';
import { runDelete, runInsert, runUpdate } from './statements/dml.js';
import { runExplain } from './statements/explain.js';
import { runMerge } from './statements/merge.js';
import { runQuery } from './statements/query.js';
import {
  alterSession,
  asksForTransaction,
  currentTransaction,
  runTransaction,
  runUse,
} from './statements/session-statements.js';
import {
  type Upload,
  createStage,
  dropStage,
  listFiles,
  planUpload,
  removeFiles,
} from './statements/stage-files.js';
import { createView, dropView } from './statements/views.js';
import { alterWarehouse, showWarehouses } from './statements/warehouse-statements.js';

/** What runs one statement of each kind. */
export type Outcome = Result | { readonly upload: Upload };

/** Snowflake takes texts of up to a megabyte. */
const LONGEST_SQL = 1_048_576;

/**
 * Carries out one statement in its session: DDL commits what is open, a failed one in a transaction breaks that, for
 * the engine keeps nothing of it.
 */
export async function runStatement(work: Work): Promise<Outcome> {
  const { session } = work;
  try {
    if (Buffer.byteLength(work.sql) > LONGEST_SQL) throw tooLong();
    refuseAfterFailure(work);
    if (isDdl(work) && session.transaction !== 'none') await session.commit();
    return await dispatch(work);
  } catch (error) {
    if (!(error instanceof SnowflakeError) && session.transaction === 'open') session.transaction = 'broken';
    throw engineError(error, work.sql);
  } finally {
    session.releaseLocks();
  }
}

function tooLong(): SnowflakeError {
  return new SnowflakeError('000601', '54001', `SQL text is too long: the most is ${LONGEST_SQL} bytes.`);
}

function refuseAfterFailure(work: Work): void {
  if (work.session.transaction !== 'broken' || hasWords(work, 0, 'ROLLBACK')) return;
  if (asksForTransaction(work)) return;
  throw unsupported(
    'a statement in a transaction after one of it has failed; Snowflake would go on without what failed',
  );
}

function isDdl(work: Work): boolean {
  const [first, second] = work.tokens;
  if (first?.kind !== 'word') return false;
  if (first.text === 'ALTER') return second?.text !== 'SESSION' && second?.text !== 'WAREHOUSE';
  return ['CREATE', 'DROP', 'TRUNCATE', 'GRANT', 'REVOKE'].includes(first.text);
}

async function dispatch(work: Work): Promise<Outcome> {
  const first = work.tokens[0];
  switch (first?.text) {
    case 'SELECT':
    case 'WITH':
      return asksForTransaction(work) ? currentTransaction(work) : await runQuery(work);
    case 'INSERT':
      return await inTransaction(work, runInsert);
    case 'UPDATE':
      return await inTransaction(work, runUpdate);
    case 'DELETE':
      return await inTransaction(work, runDelete);
    case 'MERGE':
      return await inTransaction(work, runMerge);
    case 'COPY':
      return await inTransaction(work, runCopy);
    case 'CREATE':
    case 'DROP':
    case 'ALTER':
      return await define(work);
    case 'BEGIN':
    case 'START':
    case 'COMMIT':
    case 'ROLLBACK':
      return await runTransaction(work);
    case 'USE':
      return await runUse(work);
    case 'SHOW':
      if (hasWords(work, 1, 'WAREHOUSES')) return showWarehouses(work);
      throw unsupported(`SHOW ${work.tokens[1]?.text ?? ''}`);
    case 'PUT':
      return { upload: planUpload(work) };
    case 'LIST':
    case 'LS':
      return await listFiles(work);
    case 'REMOVE':
    case 'RM':
      return await removeFiles(work);
    case 'EXPLAIN':
      return await runExplain(work);
    default:
      throw unsupported(first === undefined ? 'an empty statement' : `the statement ${first.text}`);
  }
}

/** Without AUTOCOMMIT the first change opens a transaction. */
async function inTransaction(work: Work, run: (work: Work) => Promise<Result>): Promise<Result> {
  if (work.session.parameters.get('AUTOCOMMIT')?.toUpperCase() === 'FALSE') await work.session.begin();
  return await run(work);
}

async function define(work: Work): Promise<Result> {
  if (hasWords(work, 0, 'ALTER', 'SESSION')) return alterSession(work);
  if (hasWords(work, 0, 'ALTER', 'TABLE')) return await alterTable(work, 2);
  if (hasWords(work, 0, 'ALTER', 'WAREHOUSE')) return alterWarehouse(work);
  if (hasWords(work, 0, 'DROP', 'TABLE')) return await dropTable(work, 2);
  if (hasWords(work, 0, 'DROP', 'VIEW')) return await dropView(work, 2);
  if (hasWords(work, 0, 'DROP', 'SCHEMA')) return await dropSchema(work, 2);
  if (hasWords(work, 0, 'DROP', 'STAGE')) return await dropStage(work, 2);
  if (!hasWords(work, 0, 'CREATE'))
    throw unsupported(`${work.tokens[0]?.text ?? ''} ${work.tokens[1]?.text ?? ''}`);
  const replaces = hasWords(work, 1, 'OR', 'REPLACE');
  const kind = replaces ? 3 : 1;
  const first = work.tokens[kind]?.text ?? '';
  const transient = first === 'TRANSIENT';
  const temporary = first === 'TEMPORARY' || first === 'TEMP';
  const what = transient || temporary ? kind + 1 : kind;
  if (hasWords(work, what, 'TABLE') && !temporary)
    return await createTable(work, what + 1, { replaces, transient });
  if (hasWords(work, what, 'VIEW') && !temporary && !transient)
    return await createView(work, what + 1, replaces);
  if (hasWords(work, what, 'STAGE') && !transient)
    return await createStage(work, what + 1, { replaces, temporary });
  if (hasWords(work, what, 'SCHEMA') && !replaces && !temporary) return await createSchema(work, what + 1);
  throw unsupported(`CREATE ${work.tokens[what]?.text ?? ''}`);
}
