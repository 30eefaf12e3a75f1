import { type Column, type Table, type TableRef, tableName } from './catalog.js';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ServiceError, duplicate, invalid } from './errors.js';
import { type Answer, type Request, empty, json, multipart, ok } from './http.js';
import type { Job, JobConfiguration, JobReference, QueryConfiguration } from './jobs.js';
import type { StandIn } from './state.js';
import { resultSet, restRows, schemaOf } from './results.js';
import {
  type PageRequest,
  datasetResource,
  jobResource,
  pageToken,
  queryResponse,
  queryResults,
  rowOfToken,
  tableResource,
} from './resources.js';
import { billed } from './bytes.js';
import { type Field, typeOfField } from './types.js';

/** `jobs.insert`, as its body. */
export interface JobRequest {
  readonly jobReference?: Partial<JobReference>;
  readonly configuration: JobConfiguration;
}

type Route = (request: Request, standIn: StandIn, parts: readonly string[]) => Promise<Answer>;

/** Requests below `/bigquery/v2/projects/<project>` and the upload of load jobs. */
const ROUTES: readonly (readonly [string, RegExp, Route])[] = [
  ['POST', /^\/jobs$/, (request, standIn) => insertJob(json(request.body) as JobRequest, standIn)],
  ['GET', /^\/jobs$/, (request, standIn) => Promise.resolve(listJobs(request, standIn))],
  ['GET', /^\/jobs\/([^/]+)$/, getJob],
  ['POST', /^\/jobs\/([^/]+)\/cancel$/, cancelJob],
  ['POST', /^\/queries$/, query],
  ['GET', /^\/queries\/([^/]+)$/, getQueryResults],
  ['POST', /^\/datasets$/, insertDataset],
  ['GET', /^\/datasets$/, (_request, standIn) => Promise.resolve(listDatasets(standIn))],
  ['GET', /^\/datasets\/([^/]+)$/, getDataset],
  ['DELETE', /^\/datasets\/([^/]+)$/, deleteDataset],
  ['POST', /^\/datasets\/([^/]+)\/tables$/, insertTable],
  ['GET', /^\/datasets\/([^/]+)\/tables$/, listTables],
  ['GET', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, getTable],
  ['PATCH', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, patchTable],
  ['DELETE', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, deleteTable],
  ['GET', /^\/datasets\/([^/]+)\/tables\/([^/]+)\/data$/, listRows],
  ['POST', /^\/datasets\/([^/]+)\/tables\/([^/]+):testIamPermissions$/, testPermissions],
];

/** Answers a request of the API; undefined for one there is no route for. */
export async function route(request: Request, standIn: StandIn): Promise<Answer | undefined> {
  const base = `/bigquery/v2/projects/${standIn.catalog.project}`;
  if (request.path === `/upload${base}/jobs`) return await upload(request, standIn);
  if (!request.path.startsWith(`${base}/`)) return undefined;
  const path = request.path.slice(base.length);
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === request.method ? pattern.exec(path) : null;
    if (match !== null) return await handler(request, standIn, match.slice(1).map(decodeURIComponent));
  }
  return undefined;
}

async function insertJob({ jobReference, configuration }: JobRequest, standIn: StandIn): Promise<Answer> {
  if (configuration.dryRun === true) return await dryRunJob(jobReference, configuration, standIn);
  const job = standIn.jobs.create(jobReference, configuration);
  // Queries are mostly over before the service answers, loads by address are not.
  if (job.type !== 'LOAD' && job.pollsLeft === 0) await job.begin();
  return ok(jobResource(job, standIn.url));
}

async function dryRunJob(
  reference: Partial<JobReference> | undefined,
  configuration: JobConfiguration,
  standIn: StandIn,
): Promise<Answer> {
  const location = reference?.location ?? 'US';
  const { query: wanted } = configuration;
  if (wanted === undefined) throw invalid('A dry run needs a query.');
  const job = { ...(await dryRun(wanted, location, standIn)), configuration };
  const {
    jobReference: _reference,
    jobCreationReason: _reason,
    ...resource
  } = jobResource(job, standIn.url) as Record<string, unknown>;
  const { startTime: _start, ...statistics } = resource['statistics'] as Record<string, unknown>;
  const query = {
    ...(statistics['query'] as object),
    ...schemaOfDryRun(job),
    totalBytesProcessedAccuracy: 'PRECISE',
  };
  return ok({
    ...resource,
    jobReference: { projectId: standIn.catalog.project, location },
    statistics: { ...statistics, query },
  });
}

async function dryRun(wanted: QueryConfiguration, location: string, standIn: StandIn): Promise<Job> {
  const statements = await standIn.worker.dryRun(wanted, location);
  return {
    reference: { projectId: standIn.catalog.project, jobId: '', location },
    type: 'QUERY',
    configuration: { query: wanted, dryRun: true },
    createdAt: Date.now(),
    state: 'DONE',
    startedAt: Date.now(),
    endedAt: Date.now(),
    error: undefined,
    outcome: { kind: 'query', statements },
    isCancelled: false,
    pollsLeft: 0,
    begin: () => Promise.resolve(),
  };
}

function schemaOfDryRun(job: Job): object {
  const result = job.outcome?.kind === 'query' ? job.outcome.statements[0]?.result : undefined;
  return result === undefined ? {} : { schema: schemaOf(result) };
}

function listJobs({ query: options }: Request, standIn: StandIn): Answer {
  const limit = Number(options.get('maxResults') ?? 50);
  const jobs = standIn.jobs.all().toReversed().slice(0, limit);
  return ok({
    kind: 'bigquery#jobList',
    etag: 'list',
    jobs: jobs.map((job) => jobResource(job, standIn.url)),
  });
}

async function getJob(request: Request, standIn: StandIn, [id = '']: readonly string[]): Promise<Answer> {
  const job = standIn.jobs.find(id, request.query.get('location') ?? undefined);
  return ok(jobResource(await standIn.jobs.look(job), standIn.url));
}

async function cancelJob(request: Request, standIn: StandIn, [id = '']: readonly string[]): Promise<Answer> {
  const job = standIn.jobs.find(id, request.query.get('location') ?? undefined);
  standIn.jobs.cancel(job);
  const {
    user_email: _user,
    principal_subject: _principal,
    ...shown
  } = jobResource(await standIn.jobs.look(job), standIn.url) as Record<string, unknown>;
  return ok({ kind: 'bigquery#jobCancelResponse', job: shown });
}

interface QueryRequest extends QueryConfiguration {
  readonly dryRun?: boolean;
  readonly location?: string;
  readonly maxResults?: number;
  readonly formatOptions?: { readonly useInt64Timestamp?: boolean };
  readonly labels?: Readonly<Record<string, string>>;
}

async function query(request: Request, standIn: StandIn): Promise<Answer> {
  const {
    dryRun: isDry,
    location,
    maxResults,
    formatOptions,
    labels,
    ...rest
  } = json(request.body) as QueryRequest;
  const configuration: QueryConfiguration = {
    query: rest.query,
    ...(rest.useLegacySql === undefined ? {} : { useLegacySql: rest.useLegacySql }),
    ...(rest.defaultDataset === undefined ? {} : { defaultDataset: rest.defaultDataset }),
    ...(rest.queryParameters === undefined ? {} : { queryParameters: rest.queryParameters }),
    ...(rest.maximumBytesBilled === undefined ? {} : { maximumBytesBilled: rest.maximumBytesBilled }),
  };
  if (isDry === true) return await dryQuery(configuration, location ?? 'US', standIn);
  const job = standIn.jobs.create(
    { location: location ?? 'US' },
    { query: configuration, ...(labels === undefined ? {} : { labels }) },
  );
  await standIn.jobs.look(job);
  if (job.error !== undefined) throw job.error;
  const int64Timestamps = formatOptions?.useInt64Timestamp === true;
  return ok(queryResponse(job, { maxResults, from: 0, int64Timestamps }));
}

async function dryQuery(
  configuration: QueryConfiguration,
  location: string,
  standIn: StandIn,
): Promise<Answer> {
  const job = await dryRun(configuration, location, standIn);
  const [statement] = job.outcome?.kind === 'query' ? job.outcome.statements : [];
  const bytes = statement?.bytes ?? 0n;
  return ok({
    kind: 'bigquery#queryResponse',
    ...schemaOfDryRun(job),
    jobReference: { projectId: standIn.catalog.project, location },
    totalBytesProcessed: String(bytes),
    jobComplete: true,
    cacheHit: false,
    totalBytesBilled: String(billed(bytes)),
    location,
    creationTime: String(job.createdAt),
    endTime: String(job.endedAt),
  });
}

async function getQueryResults(
  request: Request,
  standIn: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  const job = standIn.jobs.find(id, request.query.get('location') ?? undefined);
  if (job.type !== 'QUERY') throw invalid(`Job ${id} is not a query job`);
  await standIn.jobs.look(job);
  if (job.error !== undefined) throw job.error;
  return ok(queryResults(job, pageRequest(request)));
}

function pageRequest({ query: options }: Request): PageRequest {
  const most = options.get('maxResults');
  const start = options.get('startIndex');
  return {
    maxResults: most === null ? undefined : Number(most),
    from: start === null ? rowOfToken(options.get('pageToken')) : Number(start),
    int64Timestamps: options.get('formatOptions.useInt64Timestamp') === 'true',
  };
}

interface DatasetBody {
  readonly datasetReference: { readonly datasetId: string };
  readonly location?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly defaultTableExpirationMs?: string;
}

async function insertDataset(request: Request, standIn: StandIn): Promise<Answer> {
  const body = json(request.body) as DatasetBody;
  const { catalog } = standIn;
  const dataset = await standIn.connected((connection) =>
    catalog.createDataset(connection, {
      id: body.datasetReference.datasetId,
      location: body.location ?? 'US',
      ...(body.labels === undefined ? {} : { labels: body.labels }),
      ...(body.defaultTableExpirationMs === undefined ? {} : { expirationMs: body.defaultTableExpirationMs }),
    }),
  );
  return ok(datasetResource(dataset, catalog, standIn.url));
}

function listDatasets({ catalog, url }: StandIn): Answer {
  const datasets = [...catalog.datasets.values()].map((dataset) => datasetResource(dataset, catalog, url));
  return ok({ kind: 'bigquery#datasetList', etag: 'list', datasets });
}

function getDataset(
  _request: Request,
  { catalog, url }: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  return Promise.resolve(ok(datasetResource(catalog.dataset(id), catalog, url)));
}

async function deleteDataset(
  request: Request,
  standIn: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  const withTables = request.query.get('deleteContents') === 'true';
  await standIn.connected((connection) => standIn.catalog.dropDataset(connection, id, withTables));
  return empty();
}

interface TableBody {
  readonly tableReference: { readonly tableId: string };
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly timePartitioning?: { readonly type: string; readonly field?: string };
  readonly clustering?: { readonly fields?: readonly string[] };
  readonly expirationTime?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function columnsOf(body: Pick<TableBody, 'schema'>): readonly Column[] {
  return (body.schema?.fields ?? []).map((field) => {
    const { name, mode } = field;
    const type = typeOfField(field);
    return mode === undefined || mode === 'REPEATED' ? { name, type } : { name, type, mode };
  });
}

async function insertTable(
  request: Request,
  standIn: StandIn,
  [dataset = '']: readonly string[],
): Promise<Answer> {
  const body = json(request.body) as TableBody;
  const ref = { dataset, table: body.tableReference.tableId };
  const { catalog } = standIn;
  catalog.dataset(dataset);
  if (catalog.find(ref) !== undefined) throw duplicate(`Table ${catalog.project}:${dataset}.${ref.table}`);
  const { timePartitioning, clustering, expirationTime, labels } = body;
  const table = await standIn.connected((connection) =>
    catalog.createTable(connection, ref, columnsOf(body), {
      ...(timePartitioning?.field === undefined ? {} : { partitionColumn: timePartitioning.field }),
      ...(clustering?.fields === undefined ? {} : { clusterColumns: clustering.fields }),
      ...(expirationTime === undefined ? {} : { expiresAt: Number(expirationTime) }),
      ...(labels === undefined ? {} : { labels }),
    }),
  );
  return ok(tableResource(table, catalog, standIn.url, 0n));
}

function listTables(
  _request: Request,
  { catalog, url }: StandIn,
  [dataset = '']: readonly string[],
): Promise<Answer> {
  const tables = [...catalog.dataset(dataset).tables.values()].map((table) => {
    const { kind, id, tableReference, type, creationTime } = tableResource(table, catalog, url, 0n) as Record<
      string,
      unknown
    >;
    return { kind, id, tableReference, type, creationTime };
  });
  return Promise.resolve(ok({ kind: 'bigquery#tableList', etag: 'list', tables, totalItems: tables.length }));
}

async function getTable(_request: Request, standIn: StandIn, parts: readonly string[]): Promise<Answer> {
  return ok(await shown(refOf(parts), standIn));
}

async function shown(ref: TableRef, standIn: StandIn): Promise<object> {
  const table = standIn.catalog.table(ref);
  const rows = await standIn.connected((connection) => countRows(table, connection));
  return tableResource(table, standIn.catalog, standIn.url, rows);
}

function refOf([dataset = '', table = '']: readonly string[]): TableRef {
  return { dataset, table };
}

async function countRows({ ref }: Table, connection: DuckDBConnection): Promise<bigint> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${tableName(ref)}`);
  return BigInt(String(reader.getRows()[0]?.[0] ?? 0));
}

async function patchTable(request: Request, standIn: StandIn, parts: readonly string[]): Promise<Answer> {
  const body = json(request.body) as Partial<TableBody>;
  const ref = refOf(parts);
  const table = standIn.catalog.table(ref);
  if (body.schema !== undefined) {
    const wanted = columnsOf(body);
    const known = new Set(table.columns.map(({ name }) => name.toLowerCase()));
    const added = wanted.filter(({ name }) => !known.has(name.toLowerCase()));
    if (wanted.length < table.columns.length + added.length) {
      const place = `${standIn.catalog.project}:${ref.dataset}.${ref.table}`;
      throw invalid(`Provided Schema does not match Table ${place}. A field is missing in new schema`);
    }
    await standIn.connected((connection) => standIn.catalog.addColumns(connection, ref, added));
  }
  const { expirationTime, labels } = body;
  standIn.catalog.change(ref, {
    ...(expirationTime === undefined ? {} : { expiresAt: Number(expirationTime) }),
    ...(labels === undefined ? {} : { labels }),
  });
  return ok(await shown(ref, standIn));
}

async function deleteTable(_request: Request, standIn: StandIn, parts: readonly string[]): Promise<Answer> {
  await standIn.connected((connection) => standIn.catalog.dropTable(connection, refOf(parts)));
  return empty();
}

async function listRows(request: Request, standIn: StandIn, parts: readonly string[]): Promise<Answer> {
  const ref = refOf(parts);
  standIn.catalog.table(ref);
  const { maxResults = 100_000, from, int64Timestamps } = pageRequest(request);
  const [total, result] = await standIn.connected(async (connection) => {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM ${tableName(ref)} ORDER BY rowid LIMIT ${maxResults} OFFSET ${from}`,
    );
    return [await countRows(standIn.catalog.table(ref), connection), resultSet(reader)] as const;
  });
  const next = from + result.rows.length;
  return ok({
    kind: 'bigquery#tableDataList',
    etag: 'list',
    totalRows: String(total),
    ...(BigInt(next) < total ? { pageToken: pageToken(next) } : {}),
    ...(result.rows.length === 0 ? {} : { rows: restRows(result, int64Timestamps) }),
  });
}

function testPermissions(request: Request): Promise<Answer> {
  const { permissions } = json(request.body) as { permissions: readonly string[] };
  return Promise.resolve(ok({ permissions }));
}

async function upload(request: Request, standIn: StandIn): Promise<Answer> {
  const id = request.query.get('upload_id');
  if (id !== null) {
    return await standIn.uploads.put(id, request, (metadata, bytes) =>
      loadUploaded(metadata as JobRequest, bytes, standIn),
    );
  }
  const kind = request.query.get('uploadType');
  if (kind === 'resumable') {
    return standIn.uploads.start(
      json(request.body),
      (made) => `${standIn.url}${request.path}?uploadType=resumable&upload_id=${made}`,
    );
  }
  if (kind !== 'multipart') throw new ServiceError(400, 'invalid', `Invalid uploadType ${kind ?? ''}`);
  const { metadata, media } = multipart(request.headers['content-type'], request.body);
  return await loadUploaded(json(metadata) as JobRequest, media, standIn);
}

async function loadUploaded(request: JobRequest, bytes: Buffer, standIn: StandIn): Promise<Answer> {
  const { jobReference, configuration } = request;
  const job = standIn.jobs.create(jobReference, configuration, [once(bytes)]);
  if (job.pollsLeft === 0) await job.begin();
  return ok(jobResource(job, standIn.url));
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
