import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { interrupted } from '../../src/errors.js';
import { type Patience, retrying } from '../../src/backoff.js';
import { isPassingError } from './client.js';
import { bigqueryError } from './errors.js';
import type { Chunk, LoadWork } from './load.js';
import { openBucket } from './storage.js';

/** A piece is kept in memory until Cloud Storage has it, and alone sent again when it breaks off. */
const PIECE_BYTES = 16 * 1024 * 1024;
/** An object that broke off is written again from its first byte; its name makes that harmless. */
const PATIENCE: Patience = { attempts: 5, pauseMs: 1000, longestPauseMs: 60_000 };

/**
 * Writes containers as objects of the configured bucket, lets them be used by address, and removes them, whatever
 * happens. `rows` is how many they hold between them.
 */
export async function withObjects<T>(
  work: LoadWork,
  chunks: readonly Chunk[],
  use: (uris: readonly string[], rows: number) => Promise<T>,
): Promise<T> {
  const { client } = work;
  const target = client.settings.transfer;
  if (target.kind !== 'gcs') throw new Error('no bucket is configured');
  const bucket = await openBucket(client, target.bucket);
  const names = chunks.map((chunk) => `${target.prefix}${folderOf(work)}/${chunk.n}.avro`);
  try {
    let rows = 0;
    for (const [n, chunk] of chunks.entries()) rows += await writeObject(bucket, names[n] ?? '', chunk, work);
    return await use(
      names.map((name) => `gs://${target.bucket}/${name}`),
      rows,
    );
  } finally {
    await removeObjects(bucket, names);
  }
}

/** One folder a load and run: what a run that died left there is never read. */
function folderOf({ options }: LoadWork): string {
  const { runId, load } = options.purpose;
  return [runId, load?.loadId ?? ''].map((part) => part.replace(/[^A-Za-z0-9_-]+/g, '-')).join('/');
}

async function writeObject(bucket: Bucket, name: string, chunk: Chunk, work: LoadWork): Promise<number> {
  const { signal } = work.options;
  try {
    return await retrying(
      async () => {
        const container = chunk.container();
        const object = bucket.file(name).createWriteStream({
          resumable: true,
          chunkSize: PIECE_BYTES,
          validation: 'crc32c',
          metadata: { contentType: 'application/avro' },
        });
        await pipeline(Readable.from(container.bytes, { objectMode: false }), object, { signal });
        return container.rows();
      },
      { patience: PATIENCE, signal, isPassing: isPassingError },
    );
  } catch (error) {
    throw signal.aborted ? interrupted() : bigqueryError(error);
  }
}

/** What cannot be removed is no reason to fail a load that is done; a lifecycle rule of the bucket sees to it. */
async function removeObjects(bucket: Bucket, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await bucket.file(name).delete({ ignoreNotFound: true });
    } catch {
      return;
    }
  }
}
