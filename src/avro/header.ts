import { isUtf8 } from 'node:buffer';
import { checkCodec } from './codecs.js';
import { Cursor } from './cursor.js';
import { type KnownSchema, KnownSchemas } from './known-schemas.js';
import { EndsEarly, Malformed, avroInvalid } from './problem.js';
import type { AvroHeader } from './types.js';

export interface HeaderOptions {
  /** True when the prefix is the whole file. */
  readonly complete: boolean;
  /** For errors. */
  readonly file: string;
  /** Of other files of the same load. */
  readonly schemas?: KnownSchemas | undefined;
}

/** All that a header holds. */
export interface ContainerHeader extends AvroHeader, KnownSchema {
  /** 16 bytes that stand after every block. */
  readonly sync: Uint8Array;
  /** Bytes; the first block starts there. */
  readonly length: number;
}

const MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01);
/** Length of the marker behind each block. */
export const SYNC_BYTES = 16;
/** Far above any real header; what declares more would only exhaust memory. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const NOT_AVRO_HINT =
  'Look whether the file was meant to be loaded; heapload reads Avro object container files only.';

/**
 * Codec and columns from the first bytes of a file. `undefined`: more bytes are needed (never when `complete`).
 * Throws `AVRO_INVALID` as soon as the bytes there are cannot become a header heapload can read.
 */
export function parseHeader(prefix: Uint8Array, options: HeaderOptions): AvroHeader | undefined {
  const header = parseContainerHeader(prefix, options);
  return header === undefined ? undefined : { codec: header.codec, columns: header.columns };
}

/** As {@link parseHeader}, with what is needed to read on. */
export function parseContainerHeader(
  prefix: Uint8Array,
  options: HeaderOptions,
): ContainerHeader | undefined {
  const { file, complete, schemas = new KnownSchemas() } = options;
  checkMagic(prefix, options);
  const cursor = new Cursor(prefix, Math.min(MAGIC.length, prefix.length));
  try {
    if (prefix.length < MAGIC.length) throw new EndsEarly('the first four bytes are cut off');
    const meta = readMeta(cursor);
    const sync = new Uint8Array(cursor.view(SYNC_BYTES));
    const codec = codecOf(meta, file);
    return { codec, ...schemaOf(meta, schemas, file), sync, length: cursor.position };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    if (!(error instanceof EndsEarly))
      throw avroInvalid(file, cursor.position, `The header is not valid: ${error.message}.`);
    if (!complete && prefix.length < MAX_HEADER_BYTES) return undefined;
    throw avroInvalid(file, prefix.length, endMessage(prefix.length, complete));
  }
}

function endMessage(bytes: number, complete: boolean): string {
  return complete
    ? `The file ends inside its header, after ${bytes} bytes.`
    : `The header does not end within ${bytes} bytes.`;
}

function checkMagic(prefix: Uint8Array, options: HeaderOptions): void {
  const { file, complete } = options;
  if (complete && prefix.length === 0)
    throw avroInvalid(file, 0, 'The file is empty: it has no Avro header.');
  const start = prefix.subarray(0, MAGIC.length);
  if (start.every((byte, place) => byte === MAGIC[place])) return;
  const found = Buffer.from(start).toString('hex');
  const message = `The file is not an Avro object container file: it starts with the bytes ${found} instead of 4f626a01.`;
  throw avroInvalid(file, 0, message, { hint: NOT_AVRO_HINT });
}

interface MetaEntry {
  /** Byte of the file where the value starts. */
  readonly offset: number;
  readonly value: Buffer;
}

type Meta = ReadonlyMap<string, MetaEntry>;

function readMeta(cursor: Cursor): Meta {
  const meta = new Map<string, MetaEntry>();
  for (;;) {
    const start = cursor.position;
    const count = cursor.itemCount(0);
    if (count === 0n) return meta;
    if (count > BigInt(MAX_HEADER_BYTES)) {
      cursor.position = start;
      throw new Malformed(`it declares ${count} entries`);
    }
    for (let n = 0n; n < count; n += 1n) {
      const key = readPart(cursor).toString('utf8');
      const value = readPart(cursor);
      meta.set(key, { offset: cursor.position - value.length, value });
    }
  }
}

function readPart(cursor: Cursor): Buffer {
  const start = cursor.position;
  const length = cursor.length();
  if (length <= MAX_HEADER_BYTES) return cursor.view(length);
  cursor.position = start;
  throw new Malformed(`it declares a length of ${length} bytes`);
}

function codecOf(meta: Meta, file: string): string {
  const entry = meta.get('avro.codec');
  const codec = entry === undefined || entry.value.length === 0 ? 'null' : entry.value.toString('utf8');
  checkCodec(codec, file, entry?.offset ?? 0);
  return codec;
}

function schemaOf(meta: Meta, schemas: KnownSchemas, file: string): KnownSchema {
  const entry = meta.get('avro.schema');
  if (entry === undefined) throw avroInvalid(file, MAGIC.length, 'The header has no schema (avro.schema).');
  if (!isUtf8(entry.value))
    throw avroInvalid(file, entry.offset, 'The schema in the header is not valid UTF-8.');
  try {
    return schemas.of(entry.value.toString('utf8'));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw avroInvalid(file, entry.offset, `The schema in the header cannot be read: ${error.message}.`);
  }
}
