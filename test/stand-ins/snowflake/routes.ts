import type { Account, QueryData } from './account.js';
import { SnowflakeError } from './errors.js';
import type { LoginData } from './login.js';
import { type Query, answerQuery } from './queries.js';
import type { StandInSession } from './sessions.js';
import { unquote } from './sql/tokens.js';

/** A request, its body read. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Of the Authorization header. */
  readonly token: string;
}

/** Seconds, as a login answers them. */
const SESSION_SECONDS = 3600;
const MASTER_SECONDS = 14_400;

const succeeded = (data: unknown): object => ({ data, code: null, message: null, success: true });

/** The answer's body. Throws {@link SnowflakeError}; a path it does not know is undefined. */
export async function answer(account: Account, asked: Asked): Promise<object | undefined> {
  const { method, path } = asked;
  const [, queryId = '', what] = /^\/queries\/([0-9a-f-]{36})\/(result|abort-request)$/.exec(path) ?? [];
  const monitored = /^\/monitoring\/queries\/([0-9a-f-]{36})$/.exec(path)?.[1];
  if (method === 'POST') {
    if (path === '/session/v1/login-request') return await logIn(account, asked);
    if (path === '/session/token-request') return renew(account, asked);
    if (path === '/session/heartbeat') return heartbeat(account, asked);
    if (path === '/session' && asked.query.get('delete') === 'true') return await logOut(account, asked);
    if (path === '/queries/v1/query-request') return await startQuery(account, asked);
    if (path === '/queries/v1/abort-request') return abortRequest(account, asked);
    if (path === '/telemetry/send') return succeeded('Log Received');
    if (what === 'abort-request') return cancel(account, asked, queryId);
  }
  if (method === 'GET' && what === 'result') return await result(account, asked, queryId);
  if (method === 'GET' && monitored !== undefined) return monitor(account, asked, monitored);
  return undefined;
}

/** A name as it stands in the address of a login: without quotes it is folded. */
function named(asked: Asked, key: string): string | undefined {
  const given = asked.query.get(key) ?? '';
  if (given === '') return undefined;
  return given.startsWith('"') ? unquote(given) : given.toUpperCase();
}

async function logIn(account: Account, asked: Asked): Promise<object> {
  const { data } = asked.body as { data: LoginData };
  const session = await account.logIn(data, {
    role: named(asked, 'roleName'),
    warehouse: named(asked, 'warehouse'),
    database: named(asked, 'databaseName'),
    schema: named(asked, 'schemaName'),
    parameters: data.SESSION_PARAMETERS ?? {},
  });
  return succeeded({
    masterToken: session.masterToken,
    token: session.token,
    validityInSeconds: SESSION_SECONDS,
    masterValidityInSeconds: MASTER_SECONDS,
    displayUserName: session.identity.user,
    serverVersion: '9.0.0',
    sessionId: Number(session.id),
    parameters: [],
    sessionInfo: {
      databaseName: session.database ?? null,
      schemaName: session.schema ?? null,
      warehouseName: session.warehouse ?? null,
      roleName: session.role ?? null,
    },
  });
}

function renew(account: Account, asked: Asked): object {
  const session = account.renew(asked.token);
  return succeeded({
    sessionToken: session.token,
    masterToken: session.masterToken,
    validityInSecondsST: SESSION_SECONDS,
    validityInSecondsMT: MASTER_SECONDS,
    sessionId: Number(session.id),
  });
}

function heartbeat(account: Account, asked: Asked): object {
  account.sessionOf(asked.token);
  return succeeded(null);
}

async function logOut(account: Account, asked: Asked): Promise<object> {
  await account.logOut(account.sessionOf(asked.token));
  return succeeded(null);
}

/** Longest wait before a query is answered with "in progress", in milliseconds; 45 seconds in Snowflake. */
const PATIENCE_MS = 45_000;

async function startQuery(account: Account, asked: Asked): Promise<object> {
  const session = account.sessionOf(asked.token);
  const data = asked.body as QueryData;
  const query = account.startQuery(session, asked.query.get('requestId') ?? '', data);
  if (data.asyncExec === true) return { ...answerQuery({ ...query, polls: 1 }), code: '333334' };
  if (query.polls === 0) await finished(query);
  return answerQuery(query);
}

async function result(account: Account, asked: Asked, id: string): Promise<object> {
  const query = mine(account, account.sessionOf(asked.token), id);
  if (query.polls > 0) query.polls -= 1;
  else await finished(query);
  return answerQuery(query);
}

/** Waits for its end, or until patience ends. */
async function finished(query: Query): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([query.done, patience]);
  clearTimeout(timer);
}

/** A query of the same user; others are as good as not there. */
function mine(account: Account, session: StandInSession, id: string): Query {
  const query = account.queries.byId(id);
  if (query?.session.identity.user === session.identity.user) return query;
  throw new SnowflakeError('000709', '02000', `Statement ${id} not found`);
}

function abortRequest(account: Account, asked: Asked): object {
  const session = account.sessionOf(asked.token);
  const { requestId = '' } = asked.body as { requestId?: string };
  const query = account.queries.repeated(session, requestId);
  if (query === undefined)
    throw new SnowflakeError('000605', '02000', 'Identified SQL statement is not currently executing.');
  account.queries.cancel(query);
  return succeeded(null);
}

function cancel(account: Account, asked: Asked, id: string): object {
  account.queries.cancel(mine(account, account.sessionOf(asked.token), id));
  return succeeded(null);
}

function monitor(account: Account, asked: Asked, id: string): object {
  const { state } = mine(account, account.sessionOf(asked.token), id);
  const status = { running: 'RUNNING', done: 'SUCCESS', failed: 'FAILED_WITH_ERROR' }[state.kind];
  const errorMessage = state.kind === 'failed' ? state.error.message : '';
  return succeeded({ queries: [{ id, status, errorMessage }] });
}
