import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ByteSource } from '../../src/avro/types.js';
import type { Client } from './client.js';
import type { NewJob } from './jobs.js';
import type { JobResource } from './resources.js';

/** Milliseconds without a byte taken or an answer, after which an upload counts as broken. */
const STALL_MS = 600_000;

/**
 * Sends a load job together with its file, as the multipart upload of `jobs.insert`, in constant memory: the file is
 * read as fast as the network takes it. Not through `createWriteStream` of the client: that neither stops when the
 * source breaks nor when BigQuery refuses, and then waits for ever. Throws what the source throws, else what the
 * request throws; then the body was cut off, so that BigQuery starts nothing.
 */
export async function uploadJob(
  client: Client,
  job: NewJob,
  file: ByteSource,
  signal: AbortSignal,
): Promise<JobResource> {
  const boundary = `heapload_${randomUUID()}`;
  const watch = new Watch(signal);
  const source = new Source(file, () => {
    watch.moved();
  });
  const body = Readable.from(parts(boundary, job, source), { objectMode: false });
  try {
    const { data } = await client.auth.request<JobResource>({
      url: `${client.endpoint}/upload/bigquery/v2/projects/${client.settings.project}/jobs?uploadType=multipart`,
      method: 'POST',
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      data: body,
      responseType: 'json',
      retry: false,
      signal: watch.signal,
    });
    return data;
  } catch (error) {
    // The request only says that its body broke off.
    if (source.failure !== undefined) throw source.failure.error;
    throw watch.stalled && !signal.aborted ? stall() : error;
  } finally {
    watch.end();
    body.destroy();
  }
}

async function* parts(boundary: string, job: NewJob, file: ByteSource): ByteSource {
  const head = [
    `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(job)}`,
    `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`,
  ];
  yield Buffer.from(head.join(''));
  yield* file;
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

/** A file that remembers what broke it. */
class Source implements ByteSource {
  failure: { readonly error: unknown } | undefined;
  readonly #bytes: ByteSource;
  readonly #moved: () => void;

  constructor(bytes: ByteSource, moved: () => void) {
    this.#bytes = bytes;
    this.#moved = moved;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#bytes) {
        this.#moved();
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
    this.#moved();
  }
}

/** Aborts when nothing has moved for too long, or when the signal it was made with is. */
class Watch {
  stalled = false;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#controller.signal]);
    this.#timer = setTimeout(() => {
      this.stalled = true;
      this.#controller.abort();
    }, STALL_MS);
  }

  moved(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function stall(): Error {
  return Object.assign(new Error(`nothing moved for ${STALL_MS / 1000} s`), { code: 'ETIMEDOUT' });
}
