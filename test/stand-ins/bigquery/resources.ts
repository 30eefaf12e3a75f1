import { randomUUID } from 'node:crypto';
import { errorProto } from './errors.js';
import { type Job, bytesOf, resultOf } from './jobs.js';
import { type ResultSet, restRows, schemaOf } from './results.js';
import { billed } from './bytes.js';
import type { StatementDone } from './script-context.js';

/** The resources of the REST API, in the shapes recorded from the service. */
import type { Request } from './http.js';

/** Whom all requests come from. */
export const USER = 'loader@stand-in.iam.gserviceaccount.com';

export function jobResource(job: Job, url: string): object {
  const { reference } = job;
  return {
    kind: 'bigquery#job',
    etag: etag(job.state),
    id: `${reference.projectId}:${reference.location}.${reference.jobId}`,
    selfLink: `${url}/bigquery/v2/projects/${reference.projectId}/jobs/${reference.jobId}?location=${reference.location}`,
    user_email: USER,
    configuration: configurationOf(job),
    jobReference: reference,
    statistics: statisticsOf(job),
    status: statusOf(job),
    principal_subject: `serviceAccount:${USER}`,
    jobCreationReason: { code: 'REQUESTED' },
  };
}

function configurationOf(job: Job): object {
  const { query, ...rest } = job.configuration;
  if (query === undefined) return { ...rest, jobType: job.type };
  return { ...rest, query: { ...queryDefaults(job), ...query }, jobType: job.type };
}

/** Where the service keeps the result of a query for a day. */
function queryDefaults({ reference }: Job): object {
  return {
    destinationTable: {
      projectId: reference.projectId,
      datasetId: '_anonymous',
      tableId: `anon_${reference.jobId}`,
    },
    writeDisposition: 'WRITE_TRUNCATE',
    priority: 'INTERACTIVE',
    useLegacySql: false,
  };
}

function statusOf({ state, error }: Job): object {
  if (error === undefined) return { state };
  return { errorResult: errorProto(error), errors: [errorProto(error)], state };
}

function statisticsOf(job: Job): object {
  const times = {
    creationTime: String(job.createdAt),
    ...(job.startedAt === undefined ? {} : { startTime: String(job.startedAt) }),
    ...(job.endedAt === undefined ? {} : { endTime: String(job.endedAt) }),
  };
  const { outcome } = job;
  if (outcome === undefined)
    return job.type === 'QUERY' ? times : { ...times, reservation_id: 'default-pipeline' };
  switch (outcome.kind) {
    case 'query': {
      const { statements } = outcome;
      const isScript = statements.length > 1;
      const totalBytesProcessed = String(bytesOf(statements).processed);
      return {
        ...times,
        totalBytesProcessed,
        ...(isScript ? { numChildJobs: String(statements.length) } : {}),
        query: isScript ? scriptStatistics(statements) : queryStatistics(statements),
      };
    }
    case 'load': {
      const { rows, bytes, files } = outcome.loaded;
      const load = {
        inputFiles: String(files),
        inputFileBytes: String(bytes),
        outputRows: String(rows),
        outputBytes: String(bytes),
        badRecords: '0',
      };
      return { ...times, load, reservation_id: 'default-pipeline' };
    }
    case 'copy':
      return { ...times, copy: { copiedRows: String(outcome.rows), copiedLogicalBytes: '0' } };
    default:
      return outcome satisfies never;
  }
}

function scriptStatistics(statements: readonly StatementDone[]): object {
  const { processed, billed: total } = bytesOf(statements);
  return {
    totalBytesProcessed: String(processed),
    totalBytesBilled: String(total),
    cacheHit: false,
    statementType: 'SCRIPT',
  };
}

function queryStatistics([statement]: readonly StatementDone[]): object {
  if (statement === undefined) return {};
  const { bytes, statementType } = statement;
  return {
    totalBytesProcessed: String(bytes),
    totalBytesBilled: String(billed(bytes)),
    cacheHit: false,
    statementType,
    ...changedRows(statement),
  };
}

/** Rows changed by DML; nothing for other statements. */
export function changedRows({ changed }: StatementDone): object {
  if (changed === undefined) return {};
  const { inserted, updated, deleted } = changed;
  return {
    numDmlAffectedRows: String(inserted + updated + deleted),
    dmlStats: {
      insertedRowCount: String(inserted),
      updatedRowCount: String(updated),
      deletedRowCount: String(deleted),
    },
  };
}

export interface PageRequest {
  readonly maxResults: number | undefined;
  /** Index of the first row. */
  readonly from: number;
  readonly int64Timestamps: boolean;
}

export function pageRequest({ query: options }: Request): PageRequest {
  const most = options.get('maxResults');
  const start = options.get('startIndex');
  return {
    maxResults: most === null ? undefined : Number(most),
    from: start === null ? rowOfToken(options.get('pageToken')) : Number(start),
    int64Timestamps: options.get('formatOptions.useInt64Timestamp') === 'true',
  };
}

/** The rows of a page with the token of the next. */
export function page(result: ResultSet, { maxResults, from, int64Timestamps }: PageRequest): object {
  const rows = result.rows.slice(from, maxResults === undefined ? undefined : from + maxResults);
  const next = from + rows.length;
  return {
    totalRows: String(result.rows.length),
    ...(next < result.rows.length ? { pageToken: pageToken(next) } : {}),
    ...(rows.length === 0 ? {} : { rows: restRows({ ...result, rows }, int64Timestamps) }),
  };
}

export function pageToken(row: number): string {
  return Buffer.from(`row ${row}`).toString('base64url');
}

/** The row a token stands for. */
export function rowOfToken(token: string | null): number {
  return token === null ? 0 : Number(/\d+$/.exec(Buffer.from(token, 'base64url').toString())?.[0] ?? 0);
}

/** `jobs.getQueryResults` of a job that is done, or is not. */
export function queryResults(job: Job, request: PageRequest): object {
  const base = { kind: 'bigquery#getQueryResultsResponse', etag: etag(job.state) };
  const { reference: jobReference } = job;
  if (job.state !== 'DONE') return { ...base, jobReference, jobComplete: false };
  const result = resultOf(job);
  const shown = result === undefined ? {} : { schema: schemaOf(result) };
  const rows = result === undefined ? { totalRows: '0' } : page(result, request);
  return {
    ...base,
    ...shown,
    jobReference,
    ...rows,
    totalBytesProcessed: processedBytes(job),
    jobComplete: true,
    cacheHit: false,
    ...affected(job),
  };
}

function affected(job: Job): object {
  if (job.outcome?.kind !== 'query' || job.outcome.statements.length !== 1) return {};
  const [statement] = job.outcome.statements;
  return statement === undefined ? {} : changedRows(statement);
}

function processedBytes(job: Job): string {
  return job.outcome?.kind === 'query' ? String(bytesOf(job.outcome.statements).processed) : '0';
}

/** `jobs.query` of a job that is done. */
export function queryResponse(job: Job, request: PageRequest): object {
  const { kind: _kind, etag: _etag, ...results } = queryResults(job, request) as Record<string, unknown>;
  const statements = job.outcome?.kind === 'query' ? job.outcome.statements : [];
  return {
    kind: 'bigquery#queryResponse',
    ...results,
    queryId: `job_${randomUUID()}`,
    jobCreationReason: { code: 'REQUESTED' },
    totalBytesBilled: String(bytesOf(statements).billed),
    location: job.reference.location,
    creationTime: String(job.createdAt),
    startTime: String(job.startedAt),
    endTime: String(job.endedAt),
  };
}

export function etag(of: string | number): string {
  return Buffer.from(`etag ${of}`).toString('base64');
}
