import { interrupted } from '../../src/errors.js';
import { type Patience, jitter, pause } from '../../src/backoff.js';
import type { Client } from './client.js';
import { bigqueryError, failureError } from './errors.js';
import { failureOf, isPassing, jobFailure } from './failures.js';
import type { JobConfiguration, JobReference, JobResource } from './resources.js';

/** A job that failed in a passing way is asked for again, under an id of its own. */
const JOB_PATIENCE: Patience = { attempts: 6, pauseMs: 1000, longestPauseMs: 60_000 };
/** How often a job is looked at: often at first, for most take seconds. */
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 5000;
/** Milliseconds a job that was cancelled is waited for, so that its end does not come behind the run's. */
const CANCEL_MS = 30_000;

export interface JobRequest {
  readonly idPrefix: string;
  readonly configuration: JobConfiguration;
  /** Starts the job some other way than by its configuration alone, e.g. with a file. */
  readonly start?: (job: NewJob, signal: AbortSignal) => Promise<JobResource>;
}

/** What `jobs.insert` is sent. */
export interface NewJob {
  readonly jobReference: JobReference;
  readonly configuration: JobConfiguration;
}

/**
 * Starts a job, or finds the one that was started when the reply was lost, and waits for its end. Throws
 * `HeaploadError`; when the signal is aborted the job is cancelled.
 */
export async function runJob(client: Client, request: JobRequest, signal: AbortSignal): Promise<JobResource> {
  for (let attempt = 1; ; attempt += 1) {
    if (signal.aborted) throw interrupted();
    const job = newJob(client, request, attempt);
    const done = await finishedJob(client, job, request, signal);
    const { errorResult } = done.status;
    if (errorResult === undefined) return done;
    const failure = jobFailure(errorResult);
    if (attempt >= JOB_PATIENCE.attempts || !isPassing(failure))
      throw failureError(failure, done.jobReference);
    await pause(jitter(attempt, JOB_PATIENCE), signal);
  }
}

function newJob(client: Client, { idPrefix, configuration }: JobRequest, attempt: number): NewJob {
  const { project, location } = client.settings;
  return { jobReference: { projectId: project, jobId: `${idPrefix}_${attempt}`, location }, configuration };
}

async function finishedJob(
  client: Client,
  job: NewJob,
  request: JobRequest,
  signal: AbortSignal,
): Promise<JobResource> {
  try {
    const start = request.start ?? ((wanted) => insertJob(client, wanted, signal));
    return await waitForEnd(client, await start(job, signal), signal);
  } catch (error) {
    if (signal.aborted) await cancel(client, job.jobReference);
    throw signal.aborted ? interrupted() : bigqueryError(error, job.jobReference);
  }
}

async function insertJob(client: Client, job: NewJob, signal: AbortSignal): Promise<JobResource> {
  return await adopting(client, job, signal, () =>
    client.request<JobResource>({ method: 'POST', uri: '/jobs', json: job }, signal),
  );
}

/** A job that is there already under this id is this very job: the reply to an earlier attempt was lost. */
export async function adopting(
  client: Client,
  job: NewJob,
  signal: AbortSignal,
  start: () => Promise<JobResource>,
): Promise<JobResource> {
  try {
    return await start();
  } catch (error) {
    if (failureOf(error)?.status !== 409) throw error;
    return await getJob(client, job.jobReference, signal);
  }
}

/** Undefined when there is no such job. */
export async function findJob(
  client: Client,
  reference: JobReference,
  signal: AbortSignal,
): Promise<JobResource | undefined> {
  try {
    return await getJob(client, reference, signal);
  } catch (error) {
    if (failureOf(error)?.status !== 404) throw error;
    return undefined;
  }
}

async function getJob(
  client: Client,
  { jobId, location }: JobReference,
  signal?: AbortSignal,
): Promise<JobResource> {
  const uri = `/jobs/${encodeURIComponent(jobId)}`;
  return await client.request<JobResource>({ method: 'GET', uri, qs: { location } }, signal);
}

async function waitForEnd(client: Client, started: JobResource, signal: AbortSignal): Promise<JobResource> {
  let job = started;
  for (let looks = 0; job.status.state !== 'DONE'; looks += 1) {
    await pause(Math.min(FIRST_LOOK_MS * 1.5 ** looks, LONGEST_LOOK_MS), signal);
    if (signal.aborted) throw interrupted();
    job = await getJob(client, job.jobReference, signal);
  }
  return job;
}

/** Asks for an end and waits for it a while; what it has committed by then stays. */
async function cancel(client: Client, reference: JobReference): Promise<void> {
  const waiting = AbortSignal.timeout(CANCEL_MS);
  try {
    const uri = `/jobs/${encodeURIComponent(reference.jobId)}/cancel`;
    const qs = { location: reference.location };
    await client.request({ method: 'POST', uri, qs }, waiting);
    await waitForEnd(client, await getJob(client, reference, waiting), waiting);
  } catch {
    // It never started, or does not end in time: the lease and the ledger keep it from doing harm.
  }
}
