import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Catalog } from './catalog.js';
import { openDatabase } from './database.js';
import { ServiceError, errorBody, notFound } from './errors.js';
import { type Fault, type FaultTarget, Faults } from './faults.js';
import type { Answer, Request } from './http.js';
import { type Job, type JobType, Jobs } from './jobs.js';
import { ResumableUploads } from './resumable.js';
import { route } from './routes.js';
import type { Analyze } from './script-context.js';
import type { StandIn } from './state.js';
import { Storage } from './storage.js';
import { Worker } from './work.js';

export interface StandInOptions {
  /** Default `stand-in`. */
  readonly project?: string;
  /** Looks at every statement before it is carried out, as the service does. */
  readonly analyze?: Analyze;
  /** Demanded as a bearer token when set; else any request is let in. */
  readonly token?: string;
  /** Default 1500, as the service has it. */
  readonly loadsPerTableAndDay?: number;
  /** What a value counts as when bytes are billed; default 8. */
  readonly bytesPerValue?: number;
  /** Buckets of Cloud Storage that exist. */
  readonly buckets?: readonly string[];
}

/** A request as it came, and how it was answered. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Bytes of the body. */
  readonly size: number;
  /** The body as JSON, where it is. */
  readonly json: unknown;
  /** Undefined when the connection was broken instead. */
  readonly status: number | undefined;
}

export interface BigQueryStandIn {
  /** The API's address, e.g. `http://127.0.0.1:40123`; Cloud Storage answers there as well. */
  readonly url: string;
  readonly project: string;
  readonly requests: readonly SeenRequest[];
  /** All jobs since the start, dry runs left out. */
  jobs(): readonly Job[];
  countJobs(type: JobType): number;
  /** Objects of Cloud Storage that are there, as `gs://bucket/name`. */
  objects(): readonly string[];
  /** Lets the next requests or jobs that match fail, by default one. */
  failNext(target: FaultTarget, fault: Fault, times?: number): void;
  /** Failures told that have not happened yet. */
  readonly faultsLeft: number;
  clearFaults(): void;
  stop(): Promise<void>;
}

/**
 * BigQuery's REST API on loopback, as far as heapload speaks it: a test tool, not a proof. It carries out on DuckDB what
 * it is sent, refuses what it does not know, and answers in shapes recorded from the service.
 */
export async function startBigQueryStandIn(options: StandInOptions = {}): Promise<BigQueryStandIn> {
  const project = options.project ?? 'stand-in';
  const requests: SeenRequest[] = [];
  const database = await openDatabase();
  const catalog = new Catalog(project);
  const faults = new Faults();
  const uploads = new ResumableUploads();
  const storage = new Storage(options.buckets ?? [], uploads);
  const { analyze, loadsPerTableAndDay = 1500, bytesPerValue = 8 } = options;
  const worker = new Worker({
    catalog,
    database,
    storage,
    analyze,
    loadsPerTableAndDay,
    bytesPerValue,
  });
  const jobs = new Jobs(project, worker, faults);
  const server = createServer((request, response) => {
    void serve(request, response, { standIn, requests, token: options.token });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connected: StandIn['connected'] = async (work) => {
    const connection = await database.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  };
  const standIn: StandIn = { url, catalog, jobs, worker, storage, uploads, faults, connected };
  return {
    url,
    project,
    requests,
    jobs: () => jobs.all(),
    countJobs: (type) => jobs.all().filter((job) => job.type === type).length,
    objects: () => storage.names(),
    failNext: (target, fault, times = 1) => {
      faults.add(target, fault, times);
    },
    get faultsLeft() {
      return faults.left;
    },
    clearFaults: () => {
      faults.clear();
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
    },
  };
}

interface Serving {
  readonly standIn: StandIn;
  readonly requests: SeenRequest[];
  readonly token: string | undefined;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  const method = incoming.method ?? 'GET';
  const { faults } = serving.standIn;
  const head = { method, path: pathname, query: searchParams, headers: incoming.headers };
  const seen = (body: Buffer, status: number | undefined): void => {
    serving.requests.push({ ...head, size: body.length, json: jsonOf(body, incoming.headers), status });
  };
  const reset = faults.forConnection(method, pathname);
  const body = await readBody(incoming, reset?.afterBytes);
  if (body === undefined) {
    seen(Buffer.alloc(0), undefined);
    breakOff(incoming.socket);
    return;
  }
  const request = { ...head, body };
  const { job, sql } = jobOf(request);
  const fault = faults.forRequest(method, pathname, job, sql);
  const answer =
    fault?.kind === 'refuse'
      ? refusal(
          new ServiceError(fault.status, fault.reason, fault.message ?? `Told to fail: ${fault.reason}`),
        )
      : await answerTo(request, serving);
  if (fault?.kind === 'drop-reply') {
    seen(body, undefined);
    breakOff(incoming.socket);
    return;
  }
  seen(body, answer.status);
  send(response, answer);
}

/** Undefined when the connection breaks, or shall break after so many bytes. */
async function readBody(
  incoming: IncomingMessage,
  breakAfter: number | undefined,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  return await new Promise((resolve) => {
    incoming.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (breakAfter !== undefined && size >= breakAfter) resolve(undefined);
    });
    incoming.once('end', () => {
      resolve(breakAfter === undefined ? Buffer.concat(chunks) : undefined);
    });
    // Without an end before it.
    incoming.once('close', () => {
      resolve(undefined);
    });
  });
}

function breakOff(socket: Socket): void {
  socket.resetAndDestroy();
}

/** The job a request starts, if any. */
function jobOf(request: Request): { job: JobType | undefined; sql: string } {
  if (request.method === 'PUT' || request.path.startsWith('/upload/bigquery/'))
    return { job: 'LOAD', sql: '' };
  if (request.method !== 'POST') return { job: undefined, sql: '' };
  const body = jsonOf(request.body, request.headers) as
    | { query?: string; configuration?: { query?: { query?: string }; load?: object; copy?: object } }
    | undefined;
  const { query, load, copy } = body?.configuration ?? {};
  if (load !== undefined) return { job: 'LOAD', sql: '' };
  if (copy !== undefined) return { job: 'COPY', sql: '' };
  const sql = query?.query ?? (typeof body?.query === 'string' ? body.query : undefined);
  return sql === undefined ? { job: undefined, sql: '' } : { job: 'QUERY', sql };
}

function jsonOf(body: Buffer, headers: IncomingMessage['headers']): unknown {
  if (headers['content-type']?.includes('json') !== true || body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function answerTo(request: Request, { standIn, token }: Serving): Promise<Answer> {
  try {
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      throw new ServiceError(401, 'authError', 'Request had invalid authentication credentials.');
    }
    const answer = (await route(request, standIn)) ?? (await standIn.storage.answer(request, standIn.url));
    if (answer === undefined) throw notFound(`${request.method} ${request.path}`);
    return answer;
  } catch (error) {
    return refusal(
      error instanceof ServiceError ? error : new ServiceError(500, 'internalError', String(error)),
    );
  }
}

function refusal(error: ServiceError): Answer {
  return { status: error.status === 499 ? 400 : error.status, body: errorBody(error) };
}

function send(response: ServerResponse, answer: Answer): void {
  const bytes =
    answer.bytes ?? (answer.body === undefined ? undefined : Buffer.from(JSON.stringify(answer.body)));
  const type = answer.body === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' };
  response.writeHead(answer.status, { ...type, ...answer.headers });
  response.end(bytes);
}
