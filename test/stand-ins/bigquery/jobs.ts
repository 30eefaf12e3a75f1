import { randomUUID } from 'node:crypto';
import { ServiceError, duplicate, invalid, notFound } from './errors.js';
import type { Faults, JobFault } from './faults.js';
import type { LoadConfiguration, LoadSource, Loaded } from './loads.js';
import type { ResultSet } from './results.js';
import { billed } from './bytes.js';
import type { StatementDone } from './script-context.js';

export interface JobReference {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
}

interface TableReference {
  readonly projectId: string;
  readonly datasetId: string;
  readonly tableId: string;
}

export interface QueryConfiguration {
  readonly query: string;
  readonly useLegacySql?: boolean;
  readonly defaultDataset?: { readonly datasetId: string };
  readonly queryParameters?: readonly QueryParameter[];
  readonly maximumBytesBilled?: string | number;
  readonly priority?: string;
  readonly destinationTable?: TableReference;
  readonly writeDisposition?: string;
}

export interface QueryParameter {
  readonly name?: string;
  readonly parameterType?: { readonly type?: string };
  readonly parameterValue?: { readonly value?: string | null };
}

export interface CopyConfiguration {
  readonly sourceTable?: TableReference;
  readonly sourceTables?: readonly TableReference[];
  readonly destinationTable: TableReference;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
}

export interface JobConfiguration {
  readonly query?: QueryConfiguration;
  readonly load?: LoadConfiguration;
  readonly copy?: CopyConfiguration;
  readonly dryRun?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}

export type JobType = 'QUERY' | 'LOAD' | 'COPY';

/** What the work of a job came to. */
export type Outcome =
  | { readonly kind: 'query'; readonly statements: readonly StatementDone[] }
  | { readonly kind: 'load'; readonly loaded: Loaded }
  | { readonly kind: 'copy'; readonly rows: bigint };

/** A job of the service; `DONE` with an error is a job that failed. */
export interface Job {
  readonly reference: JobReference;
  readonly type: JobType;
  readonly configuration: JobConfiguration;
  readonly createdAt: number;
  readonly parentJobId?: string;
  state: 'PENDING' | 'RUNNING' | 'DONE';
  startedAt: number | undefined;
  endedAt: number | undefined;
  error: ServiceError | undefined;
  outcome: Outcome | undefined;
  isCancelled: boolean;
  /** How many more times it is seen running before its work begins. */
  pollsLeft: number;
  /** Begins the work, once; resolves when it is over. */
  begin: () => Promise<void>;
}

export interface Work {
  readonly query: (
    query: QueryConfiguration,
    location: string,
    job: Job,
  ) => Promise<readonly StatementDone[]>;
  readonly load: (load: LoadConfiguration, sources: readonly LoadSource[], job: Job) => Promise<Loaded>;
  readonly copy: (copy: CopyConfiguration) => Promise<bigint>;
}

/** All jobs since the start, by location and id. */
export class Jobs {
  readonly #project: string;
  readonly #work: Work;
  readonly #faults: Faults;
  readonly #jobs = new Map<string, Job>();

  constructor(project: string, work: Work, faults: Faults) {
    this.#project = project;
    this.#work = work;
    this.#faults = faults;
  }

  all(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** Throws 409 for an id that is taken. */
  create(
    requested: Partial<JobReference> | undefined,
    configuration: JobConfiguration,
    sources: readonly LoadSource[] = [],
  ): Job {
    const jobId = requested?.jobId ?? `job_${randomUUID().replaceAll('-', '')}`;
    if (!/^[A-Za-z0-9_-]{1,1024}$/.test(jobId)) throw invalid(`Invalid job ID "${jobId}"`);
    const location = requested?.location ?? 'US';
    const key = keyOf(location, jobId);
    if (this.#jobs.has(key)) throw duplicate(`Job ${this.#project}:${location}.${jobId}`);
    const type = typeOf(configuration);
    const fault = this.#faults.forJob(type, configuration.query?.query ?? '');
    const job = this.#make(
      { projectId: this.#project, jobId, location },
      type,
      configuration,
      sources,
      fault,
    );
    this.#jobs.set(key, job);
    return job;
  }

  /** Without a location only jobs of the multi-regions are found. */
  find(jobId: string, location: string | undefined): Job {
    const places = location === undefined ? ['US', 'EU'] : [location];
    const job = places
      .map((place) => this.#jobs.get(keyOf(place, jobId)))
      .find((known) => known !== undefined);
    if (job === undefined) {
      throw notFound(`Job ${this.#project}:${location === undefined ? '' : `${location}.`}${jobId}`);
    }
    return job;
  }

  /** Looks at a job, which is one poll. */
  async look(job: Job): Promise<Job> {
    if (job.state === 'DONE') return job;
    if (job.pollsLeft > 0) job.pollsLeft -= 1;
    else await job.begin();
    return job;
  }

  cancel(job: Job): void {
    if (job.state === 'DONE') return;
    job.isCancelled = true;
    job.pollsLeft = 0;
  }

  #make(
    reference: JobReference,
    type: JobType,
    configuration: JobConfiguration,
    sources: readonly LoadSource[],
    fault: JobFault | undefined,
  ): Job {
    let work: Promise<void> | undefined;
    const job: Job = {
      reference,
      type,
      configuration,
      createdAt: Date.now(),
      state: 'RUNNING',
      startedAt: Date.now(),
      endedAt: undefined,
      error: undefined,
      outcome: undefined,
      isCancelled: false,
      pollsLeft: fault?.polls ?? 0,
      begin: async () => {
        work ??= this.#carryOut(job, sources, fault);
        await work;
      },
    };
    return job;
  }

  async #carryOut(job: Job, sources: readonly LoadSource[], fault: JobFault | undefined): Promise<void> {
    try {
      if (job.isCancelled)
        throw new ServiceError(499, 'stopped', 'Job execution was cancelled: User requested cancellation');
      if (fault?.error !== undefined && fault.afterWork !== true) throw fault.error;
      job.outcome = await this.#outcome(job, sources);
      if (fault?.error !== undefined) throw fault.error;
    } catch (error) {
      job.error =
        error instanceof ServiceError ? error : new ServiceError(500, 'internalError', String(error));
    }
    job.endedAt = Date.now();
    job.state = 'DONE';
  }

  async #outcome(job: Job, sources: readonly LoadSource[]): Promise<Outcome> {
    const { query, load, copy } = job.configuration;
    if (query !== undefined) {
      return { kind: 'query', statements: await this.#work.query(query, job.reference.location, job) };
    }
    if (load !== undefined) return { kind: 'load', loaded: await this.#work.load(load, sources, job) };
    if (copy !== undefined) return { kind: 'copy', rows: await this.#work.copy(copy) };
    throw invalid('Required parameter is missing: configuration');
  }
}

function keyOf(location: string, jobId: string): string {
  return `${location.toUpperCase()}.${jobId}`;
}

function typeOf(configuration: JobConfiguration): JobType {
  if (configuration.query !== undefined) return 'QUERY';
  if (configuration.load !== undefined) return 'LOAD';
  if (configuration.copy !== undefined) return 'COPY';
  throw invalid('Required parameter is missing: configuration');
}

/** The rows of the last statement that gave any. */
export function resultOf(job: Job): ResultSet | undefined {
  if (job.outcome?.kind !== 'query') return undefined;
  return job.outcome.statements.findLast((statement) => statement.result !== undefined)?.result;
}

/** Bytes of a job that was carried out. */
export function bytesOf(statements: readonly StatementDone[]): { processed: bigint; billed: bigint } {
  const sum = (values: readonly bigint[]): bigint => values.reduce((a, b) => a + b, 0n);
  return {
    processed: sum(statements.map(({ bytes }) => bytes)),
    billed: sum(statements.map(({ bytes }) => billed(bytes))),
  };
}
