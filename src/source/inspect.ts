import pLimit from 'p-limit';
import { parseHeader } from '../avro/header.js';
import { KnownSchemas } from '../avro/known-schemas.js';
import type { AvroHeader } from '../avro/types.js';
import { HeaploadError } from '../errors.js';
import { throwIfInterrupted } from './interrupt.js';
import type { ObjectBody, ObjectInfo, ObjectStore } from './object-store.js';

/** A file's header and the content it belongs to: `info.etag` is of the bytes that were read. */
export interface InspectedFile {
  readonly info: ObjectInfo;
  readonly header: AvroHeader;
}

/** What looking at one of many files gave. */
export type Inspection =
  ({ readonly key: string } & InspectedFile) | { readonly key: string; readonly error: HeaploadError };

const FIRST_BYTES = 64 * 1024;
const GROWTH = 4;
/** Far above any real header; what needs more is not one, or was written to exhaust memory. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const DEFAULT_CONCURRENCY = 16;

interface InspectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Of files that were looked at before. */
  readonly schemas?: KnownSchemas;
}

/**
 * Reads the header of an Avro file, and as little else as possible, in ranges that grow. Throws `AVRO_INVALID`,
 * `SOURCE_CHANGED` when the file is overwritten between two ranges, or what the store throws.
 */
export async function inspectFile(
  store: ObjectStore,
  key: string,
  { signal, schemas }: InspectOptions = {},
): Promise<InspectedFile> {
  const options = signal === undefined ? {} : { signal };
  const first = await store.open(key, { ...options, end: FIRST_BYTES });
  const { info } = first;
  let prefix = await readExactly(first, Math.min(FIRST_BYTES, info.size));
  for (;;) {
    const complete = prefix.length === info.size;
    const header = parseHeader(prefix, { complete, file: key, schemas });
    if (header !== undefined) return { info, header };
    if (complete || prefix.length >= MAX_HEADER_BYTES) throw endless(key, prefix.length);
    const end = Math.min(prefix.length * GROWTH, MAX_HEADER_BYTES, info.size);
    const next = await store.open(key, { ...options, start: prefix.length, end, etag: info.etag });
    prefix = Buffer.concat([prefix, await readExactly(next, end - prefix.length)]);
  }
}

async function readExactly(body: ObjectBody, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const chunk of body.bytes) {
    const part = chunk.subarray(0, length - at);
    bytes.set(part, at);
    at += part.length;
    // Only when there is more than was asked for: a stream left before its end costs its connection.
    if (part.length < chunk.length) break;
  }
  if (at === length) return bytes;
  throw new HeaploadError(
    'SOURCE_UNREADABLE',
    `${body.info.key} ended after fewer bytes than the source had announced.`,
    {
      hint: 'Run again. If it stays, the file was not copied completely.',
      place: { file: body.info.key },
    },
  );
}

function endless(key: string, bytes: number): HeaploadError {
  return new HeaploadError(
    'AVRO_INVALID',
    `${key} has no complete Avro header in its first ${bytes} bytes.`,
    {
      hint: 'The file is not an Avro object container file, or is damaged. Ask for it to be delivered again.',
      place: { file: key, offset: bytes },
    },
  );
}

/** Looks at many files, some at a time; the result has one entry per key, in the order of `keys`. */
export async function inspectFiles(
  store: ObjectStore,
  keys: readonly string[],
  options: { readonly concurrency?: number; readonly signal?: AbortSignal } = {},
): Promise<readonly Inspection[]> {
  const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
  const schemas = new KnownSchemas();
  return pLimit(concurrency).map(keys, async (key): Promise<Inspection> => {
    throwIfInterrupted(signal);
    try {
      return { key, ...(await inspectFile(store, key, { signal, schemas })) };
    } catch (error) {
      throwIfInterrupted(signal);
      if (!(error instanceof HeaploadError)) throw error;
      return { key, error: error.at({ file: key }) };
    }
  });
}
