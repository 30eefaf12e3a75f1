import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Account } from './account.js';
import { issued } from './attestations.js';
import { SnowflakeError } from './errors.js';
import { type Fault, Faults, type SeenRequest, type When } from './faults.js';
import type { StandInUser } from './login.js';
import type { Grant } from './privileges.js';
import { answerError } from './queries.js';
import { type Asked, answer } from './routes.js';
import type { StageBucketOptions } from './stage-bucket.js';
import type { Warehouse } from './warehouses.js';

export interface StandInOptions {
  /** Default `ANALYTICS`; each has a schema PUBLIC. In upper case, as all names here. */
  readonly databases?: readonly string[];
  /** Default `LOAD_WH`. */
  readonly warehouses?: readonly Warehouse[];
  /** Default: LOADER owns the databases and may use and operate the warehouses. */
  readonly grants?: readonly Grant[];
  /** Beside the user `HEAPLOAD`. */
  readonly users?: readonly StandInUser[];
  /** See {@link TableLocks}; default 2000. */
  readonly idleTransactionMs?: number;
  /** Where the files of internal stages lie; default: a directory. */
  readonly stageBucket?: StageBucketOptions;
}

export interface RecordedRequest extends SeenRequest {
  readonly requestId: string | undefined;
}

export interface RecordedStatement {
  readonly sql: string;
  readonly tag: string;
  readonly queryId: string;
  readonly sessionId: string;
  readonly state: 'running' | 'done' | 'failed';
}

export interface SnowflakeStandIn {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly account: string;
  /** The user HEAPLOAD with all its ways to log in; its role is LOADER. */
  readonly user: {
    readonly name: string;
    readonly role: string;
    /** PEM, PKCS#8. */
    readonly privateKey: string;
    readonly password: string;
    readonly oauthToken: string;
    readonly programmaticToken: string;
    readonly workloadToken: string;
  };
  /** All that arrived, without what the driver tells about itself. */
  readonly requests: readonly RecordedRequest[];
  /** All statements, each once however often it was sent. */
  readonly statements: readonly RecordedStatement[];
  /** How many sessions are open. */
  readonly openSessions: number;
  /** Lets the next requests that match fail; `times` is 1 unless told. */
  failNext(when: When, fault: Fault, times?: number): void;
  clearFaults(): void;
  readonly warehouses: readonly Warehouse[];
  grant(grant: Grant): void;
  revoke(grant: Grant): void;
  /** A stage on a directory, as on a bucket. */
  addExternalStage(database: string, schema: string, name: string, directory: string): Promise<void>;
  stop(): Promise<void>;
}

const ACCOUNT = 'ACME-STANDIN';

/** Starts an account of Snowflake's on loopback that the real driver can log in to. */
export async function startSnowflakeStandIn(options: StandInOptions = {}): Promise<SnowflakeStandIn> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'heapload-snowflake-'));
  const { user, secrets } = makeUser();
  const databases = options.databases ?? ['ANALYTICS'];
  const warehouses = options.warehouses ?? [{ name: 'LOAD_WH', autoResume: true, state: 'STARTED' }];
  const account = await Account.open({
    name: ACCOUNT,
    users: [user, ...(options.users ?? [])],
    databases,
    warehouses,
    grants: options.grants ?? grantsOfLoader(databases, warehouses),
    directory,
    idleTransactionMs: options.idleTransactionMs ?? 2000,
    stageBucket: options.stageBucket,
  });
  const faults = new Faults();
  const requests: RecordedRequest[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void serve(account, faults, requests, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    account: ACCOUNT,
    user: { name: user.name, role: 'LOADER', ...secrets },
    requests,
    get statements() {
      return account.queries.all.map(({ sql, tag, id, session, state }) => ({
        sql,
        tag,
        queryId: id,
        sessionId: session.id,
        state: state.kind,
      }));
    },
    get openSessions() {
      return account.sessions.length;
    },
    failNext(when, fault, times = 1) {
      faults.add(when, fault, times);
    },
    clearFaults() {
      faults.clear();
    },
    get warehouses() {
      return account.warehouses.all;
    },
    grant(grant) {
      account.privileges.grant(grant);
    },
    revoke(grant) {
      account.privileges.revoke(grant);
    },
    async addExternalStage(database, schema, name, files) {
      await account.stages.create({ database, schema, name, session: undefined }, files);
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await account.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function grantsOfLoader(databases: readonly string[], warehouses: readonly Warehouse[]): readonly Grant[] {
  const role = 'LOADER';
  return [
    ...databases.map((name) => ({ role, privilege: 'OWNERSHIP', on: [name] })),
    ...warehouses.flatMap(({ name }) =>
      ['USAGE', 'OPERATE'].map((privilege) => ({ role, privilege, on: [name] })),
    ),
  ];
}

function makeUser() {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const tokens = {
    password: 'correct horse battery staple',
    oauthToken: 'oauth-token-of-heapload',
    programmaticToken: 'programmatic-token-of-heapload',
  };
  const workloadToken = 'workload-token-of-heapload';
  const user: StandInUser = {
    name: 'HEAPLOAD',
    roles: ['LOADER', 'PUBLIC'],
    defaultRole: 'LOADER',
    publicKey: keys.publicKey,
    workload: { OIDC: issued(workloadToken) },
    ...tokens,
  };
  return { user, secrets: { privateKey: keys.privateKey, workloadToken, ...tokens } };
}

async function serve(
  account: Account,
  faults: Faults,
  requests: RecordedRequest[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = await readRequest(request);
  if (asked === undefined) return;
  const { method, path: place, query } = asked;
  const sql =
    place === '/queries/v1/query-request' ? (asked.body as { sqlText?: string }).sqlText : undefined;
  const seen = { method, path: place, query, sql };
  if (place !== '/telemetry/send') requests.push({ ...seen, requestId: query.get('requestId') ?? undefined });
  const fault = faults.next(seen);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'status') {
    response.writeHead(fault.status).end();
    return;
  }
  if (fault?.kind === 'reset') {
    request.socket.resetAndDestroy();
    return;
  }
  const body = await answerWith(account, asked, fault);
  if (fault?.kind === 'drop-reply') {
    request.socket.resetAndDestroy();
    return;
  }
  const whole = JSON.stringify(body ?? { message: 'Not Found' });
  const text = fault?.kind === 'garbled-reply' ? whole.slice(0, whole.length / 2) : whole;
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(text);
}

/** Undefined when the connection broke before all of it was here. */
async function readRequest(request: IncomingMessage): Promise<Asked | undefined> {
  const url = new URL(request.url ?? '/', 'http://stand-in.invalid');
  try {
    const chunks = (await request.toArray()) as Buffer[];
    const sent = Buffer.concat(chunks);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    return {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      body: bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as unknown),
      token: /^Snowflake Token="(.*)"$/.exec(request.headers.authorization ?? '')?.[1] ?? '',
    };
  } catch {
    return undefined;
  }
}

async function answerWith(
  account: Account,
  asked: Asked,
  fault: Fault | undefined,
): Promise<object | undefined> {
  try {
    if (fault !== undefined) prepare(account, asked, fault);
    return await answer(account, asked);
  } catch (error) {
    if (error instanceof SnowflakeError) return answerError(error);
    return answerError(new SnowflakeError('000603', 'XX000', `The stand-in failed: ${String(error)}`));
  }
}

function prepare(account: Account, asked: Asked, fault: Fault): void {
  if (fault.kind === 'error') throw new SnowflakeError(fault.code, fault.sqlState, fault.message);
  if (fault.kind === 'slow') {
    const session = account.sessionOf(asked.token);
    const data = asked.body as Parameters<Account['startQuery']>[2];
    account.startQuery(session, asked.query.get('requestId') ?? '', data).polls = fault.polls;
  }
  if (fault.kind === 'session-expired' || fault.kind === 'master-expired') {
    const session = account.sessionOf(asked.token);
    session.tokenState = 'expired';
    if (fault.kind === 'master-expired') session.masterState = 'expired';
  }
  if (fault.kind === 'session-gone') account.sessionOf(asked.token).tokenState = 'gone';
}
