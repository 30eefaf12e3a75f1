import { chunksOf, repack } from '../../src/avro/repack/index.js';
import type { ByteSource } from '../../src/avro/types.js';
import { type Patience, retrying } from '../../src/backoff.js';
import { HeaploadError } from '../../src/errors.js';
import type {
  ExecuteOptions,
  OperationResult,
  TableName,
  Transfer,
  TransferFile,
} from '../../src/warehouse/contract.js';
import { type Client, isPassingError } from './client.js';
import { jobIdPrefix } from './job-ids.js';
import { type JobRequest, type NewJob, adopting, findJob, runJob } from './jobs.js';
import { copyConfiguration, loadConfiguration } from './load-configuration.js';
import { withObjects } from './objects.js';
import { dropParts, makePart, partName } from './parts.js';
import { Progress } from './progress.js';
import type { JobConfiguration, JobResource } from './resources.js';
import { uploadJob } from './upload.js';

/** An upload that broke is sent again from its first byte, so fewer times than a short request. */
const UPLOAD_PATIENCE: Patience = { attempts: 5, pauseMs: 1000, longestPauseMs: 60_000 };

/** What one transfer works with. */
export interface LoadWork {
  readonly client: Client;
  readonly transfer: Transfer;
  readonly options: ExecuteOptions;
  readonly progress: Progress;
}

/** A run of files that becomes one container; `bytes` reads them anew, and counts their rows as it goes. */
export interface Chunk {
  readonly n: number;
  readonly files: readonly TransferFile[];
  readonly container: () => { readonly bytes: ByteSource; readonly rows: () => number };
}

/**
 * The rows of a transfer in its staging table, which holds them and nothing else afterwards, however often any part
 * of this is repeated. Throws `HeaploadError`.
 */
export async function loadFiles(
  client: Client,
  transfer: Transfer,
  options: ExecuteOptions,
): Promise<OperationResult> {
  const work = { client, transfer, options, progress: new Progress(options.progress) };
  const chunks = chunksOf(transfer.files, Number(client.settings.loadChunk)).map((files, n) =>
    chunkOf(work, files, n),
  );
  const rows =
    client.settings.transfer.kind === 'gcs'
      ? await loadObjects(work, chunks)
      : await loadUploads(work, chunks);
  return { rows };
}

function chunkOf(
  { transfer, options, progress }: LoadWork,
  files: readonly TransferFile[],
  n: number,
): Chunk {
  const container: Chunk['container'] = () => {
    const part = progress.restart(n, () => container.rows());
    const container = repack(files, transfer.columns, {
      open: (file) => part(options.open(file)),
      signal: options.signal,
    });
    return container;
  };
  return { n, files, container };
}

/** All containers as objects of a bucket, and one load job for them. */
async function loadObjects(work: LoadWork, chunks: readonly Chunk[]): Promise<number> {
  return await withObjects(work, chunks, async (uris, rows) => {
    const configuration = loadConfiguration(work, work.transfer.into, uris);
    const job = await runJob(work.client, requestOf(work, uris, configuration), work.options.signal);
    return checkedRows(job, rows);
  });
}

/** One container goes straight into the staging table; several into tables of their own that one job copies there. */
async function loadUploads(work: LoadWork, chunks: readonly Chunk[]): Promise<number> {
  const [only, ...more] = chunks;
  if (only === undefined) throw new Error('a transfer without files');
  if (more.length === 0) return await uploadChunk(work, only, work.transfer.into);
  let rows = 0;
  const parts = chunks.map((chunk) => partName(work.transfer.into, chunk.n));
  for (const [n, chunk] of chunks.entries()) {
    const part = parts[n];
    if (part === undefined) continue;
    await makePart(work, part);
    rows += await uploadChunk(work, chunk, part);
  }
  await runJob(work.client, requestOf(work, 'copy', copyConfiguration(work, parts)), work.options.signal);
  await dropParts(work.client, parts);
  return rows;
}

async function uploadChunk(work: LoadWork, chunk: Chunk, into: TableName): Promise<number> {
  const { client, options } = work;
  const sent: ReturnType<Chunk['container']>[] = [];
  const send = async (job: NewJob, signal: AbortSignal): Promise<JobResource> => {
    const container = chunk.container();
    sent.push(container);
    return await adopting(client, job, signal, () => uploadJob(client, job, container.bytes, signal));
  };
  const start: NonNullable<JobRequest['start']> = async (job, signal) =>
    await retrying(
      async (n) => {
        // Perhaps only the answer was lost; then there is no need to send gigabytes again.
        const started = n === 1 ? undefined : await findJob(client, job.jobReference, signal);
        return started ?? (await send(job, signal));
      },
      { patience: UPLOAD_PATIENCE, signal, isPassing: isPassingError },
    );
  const content = chunk.files.map((file) => [file.index, file.key, file.etag]);
  const request = requestOf(work, [into, content], loadConfiguration(work, into, undefined));
  const job = await runJob(client, { ...request, start }, options.signal);
  // A container that BigQuery has taken was read to its end; one that was cut off has fewer rows.
  return checkedRows(job, Math.max(...sent.map((container) => container.rows())));
}

function requestOf(
  { client, options }: LoadWork,
  content: unknown,
  configuration: JobConfiguration,
): JobRequest {
  const idPrefix = jobIdPrefix(options.purpose, JSON.stringify([content, configuration]), client.asked);
  return { idPrefix, configuration };
}

/** What BigQuery says it wrote has to be what the re-packer says it read. */
function checkedRows(job: JobResource, rows: number): number {
  const written = Number(job.statistics?.load?.outputRows ?? 0);
  if (written === rows) return rows;
  const { jobId } = job.jobReference;
  throw new HeaploadError('COUNTS_MISMATCH', `Load job ${jobId} wrote ${written} of ${rows} rows.`, {
    hint: 'Nothing of this load was committed. Run again; if it happens again, please report it.',
  });
}
