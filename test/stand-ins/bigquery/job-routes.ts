import { billed } from './bytes.js';
import { invalid } from './errors.js';
import { type Answer, type Request, json, ok } from './http.js';
import type { Job, JobConfiguration, JobReference, QueryConfiguration } from './jobs.js';
import { jobResource, pageRequest, queryResponse, queryResults } from './resources.js';
import { schemaOf } from './results.js';
import type { StandIn } from './state.js';

/** `jobs.insert`, as its body. */
export interface JobRequest {
  readonly jobReference?: Partial<JobReference>;
  readonly configuration: JobConfiguration;
}

export async function insertJob(
  { jobReference, configuration }: JobRequest,
  standIn: StandIn,
): Promise<Answer> {
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

export function listJobs({ query: options }: Request, standIn: StandIn): Answer {
  const limit = Number(options.get('maxResults') ?? 50);
  const jobs = standIn.jobs.all().toReversed().slice(0, limit);
  return ok({
    kind: 'bigquery#jobList',
    etag: 'list',
    jobs: jobs.map((job) => jobResource(job, standIn.url)),
  });
}

export async function getJob(
  request: Request,
  standIn: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  const job = standIn.jobs.find(id, request.query.get('location') ?? undefined);
  return ok(jobResource(await standIn.jobs.look(job), standIn.url));
}

export async function cancelJob(
  request: Request,
  standIn: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
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

export async function query(request: Request, standIn: StandIn): Promise<Answer> {
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

export async function getQueryResults(
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
