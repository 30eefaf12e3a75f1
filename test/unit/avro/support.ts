import { crc32, deflateRawSync } from 'node:zlib';
import { compressSync } from 'snappy';
import { expect } from 'vitest';
import { type ReadRowsOptions, readRows } from '../../../src/avro/rows.js';
import type { AvroColumn, ByteSource, LocalFile } from '../../../src/avro/types.js';
import { HeaploadError } from '../../../src/errors.js';
import { typeName } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';

export const FILE = 'sync_1/users/a.avro';
export const SYNC = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** A number as Avro writes it. */
export function long(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  while (raw >= 0x80n) {
    bytes.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  return Buffer.from([...bytes, Number(raw)]);
}

export function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([long(bytes.length), bytes]);
}

export function recordOf(...types: readonly unknown[]): object {
  return { type: 'record', name: 'R', fields: types.map((type, n) => ({ name: `c${n}`, type })) };
}

export function header(meta: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const entries = Object.entries(meta).map(([key, value]) => Buffer.concat([text(key), text(value)]));
  return Buffer.concat([Buffer.from('Obj\x01'), long(entries.length), ...entries, long(0), SYNC]);
}

export interface RawBlock {
  readonly rows: number | bigint;
  readonly data: Uint8Array;
}

export type TestCodec = 'null' | 'deflate' | 'snappy';

export function block({ rows, data }: RawBlock, codec: TestCodec = 'null'): Buffer {
  const packed = pack(data, codec);
  return Buffer.concat([long(rows), long(packed.length), packed, SYNC]);
}

export function pack(data: Uint8Array, codec: TestCodec): Buffer {
  if (codec === 'null') return Buffer.from(data);
  if (codec === 'deflate') return deflateRawSync(data);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(data));
  return Buffer.concat([compressSync(Buffer.from(data)), checksum]);
}

export function container(schema: object, blocks: readonly RawBlock[], codec: TestCodec = 'null'): Buffer {
  const head = header({ 'avro.schema': JSON.stringify(schema), 'avro.codec': codec });
  return Buffer.concat([head, ...blocks.map((one) => block(one, codec))]);
}

/** One file with one block of one row. */
export function oneRow(schema: object, ...parts: readonly Uint8Array[]): Buffer {
  return container(schema, [{ rows: 1, data: Buffer.concat(parts) }]);
}

// eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous, these bytes are at hand
export async function* inChunks(
  bytes: Uint8Array,
  length = 1 << 16,
): ByteSource & AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** A piece of a file that was read. */
export interface Read {
  readonly position: number;
  readonly length: number;
}

/** A file whose bytes are in memory, and what was read of it. */
export function localFileOf(bytes: Uint8Array): LocalFile & { readonly reads: readonly Read[] } {
  const reads: Read[] = [];
  return {
    size: bytes.length,
    reads,
    read: (into, position) => {
      if (position + into.length > bytes.length) throw new Error('read beyond the end');
      reads.push({ position, length: into.length });
      into.set(bytes.subarray(position, position + into.length));
    },
  };
}

export async function rowsOf(
  bytes: Uint8Array | ByteSource,
  options: Partial<ReadRowsOptions> = {},
): Promise<readonly (readonly Value[])[]> {
  const source = bytes instanceof Uint8Array ? inChunks(bytes) : bytes;
  const rows: (readonly Value[])[] = [];
  for await (const batch of readRows(source, { file: FILE, ...options }))
    for (let n = 0; n < batch.rows; n += 1) rows.push(batch.columns.map((column) => column[n] ?? null));
  return rows;
}

export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<HeaploadError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(HeaploadError);
    return error as HeaploadError;
  }
  throw new Error('nothing was thrown');
}

export function columnNames(columns: readonly AvroColumn[]): readonly string[] {
  return columns.map((column) => `${column.name} ${typeName(column.type)}`);
}
