import { createHash } from 'node:crypto';
import { constants, crc32, deflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { compressSync } from 'snappy';
import { accepts, isUnion, partsOf } from './avro-types.js';

export type AvroCodec = 'null' | 'deflate' | 'snappy' | 'zstandard';

/** A record schema as it shall stand in the header, logical types included. */
export interface AvroRecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly {
    readonly name: string;
    readonly type: unknown;
    readonly [more: string]: unknown;
  }[];
  readonly [more: string]: unknown;
}

/** One row: field name → value; a field that is left out is null. */
export type AvroRow = Readonly<Record<string, unknown>>;

export interface AvroFileContent {
  readonly schema: AvroRecordSchema;
  /**
   * int and long take bigint or number, bytes and fixed a Uint8Array; logical types take the value of the type
   * below them. Of a union the first branch that accepts the value is written.
   */
  readonly rows: Iterable<AvroRow>;
  /** Default `snappy`. */
  readonly codec?: AvroCodec;
  /** Rows in one block, default 1000. */
  readonly rowsPerBlock?: number;
}

/** avsc's own long stops at 2^53; ids of Heap may not. */
const BIG_LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** avsc's type of a schema, with longs as bigint and logical types as the types below them. */
export function avscType(schema: unknown): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, {
    wrapUnions: 'always',
    typeHook: (part: unknown) => {
      const isLong = part === 'long' || (isObject(part) && part['type'] === 'long');
      return isLong ? BIG_LONG : undefined;
    },
  });
}

/**
 * An Avro object container file. The same content gives the same bytes, on every machine. avsc encodes the
 * values; the container is written here, because avsc would drop the logical types from the header.
 */
export function avroFile(content: AvroFileContent): Buffer {
  const { schema, codec = 'snappy', rowsPerBlock = 1000 } = content;
  const type = avscType(schema);
  const encoded = [...content.rows].map((row) => type.toBuffer(toAvsc(type, row)));
  const header = headerBytes(JSON.stringify(schema), codec);
  const hash = createHash('sha256').update(header);
  for (const row of encoded) hash.update(row);
  const sync = hash.digest().subarray(0, 16);
  const parts = [header, sync];
  for (let first = 0; first < encoded.length; first += rowsPerBlock) {
    const rows = encoded.slice(first, first + rowsPerBlock);
    const body = compress(Buffer.concat(rows), codec);
    parts.push(long(rows.length), long(body.length), body, sync);
  }
  return Buffer.concat(parts);
}

function headerBytes(schema: string, codec: AvroCodec): Buffer {
  const entry = (key: string, value: string): Buffer => Buffer.concat([text(key), text(value)]);
  const entries = [entry('avro.schema', schema), entry('avro.codec', codec)];
  return Buffer.concat([Buffer.from('Obj\x01', 'latin1'), long(entries.length), ...entries, long(0)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([long(bytes.length), bytes]);
}

/** Zigzag, then seven bits a byte, lowest first. */
function long(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value) << 1n);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function compress(data: Buffer, codec: AvroCodec): Buffer {
  switch (codec) {
    case 'null':
      return data;
    case 'deflate':
      // How zlib finds matches differs between its builds; Huffman coding alone does not.
      return deflateRawSync(data, { strategy: constants.Z_HUFFMAN_ONLY });
    case 'snappy': {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(data));
      return Buffer.concat([compressSync(data), checksum]);
    }
    case 'zstandard':
      return zstandardFrame(data);
  }
}

const ZSTANDARD_BLOCK = 128 * 1024;

/** A valid frame of stored blocks: Node 20 has no Zstandard compressor. */
function zstandardFrame(data: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32LE(0xfd2fb528, 0);
  header.writeUInt8(0b1110_0000, 4); // one segment, eight bytes of content size, no checksum
  header.writeBigUInt64LE(BigInt(data.length), 5);
  const parts: Buffer[] = [header];
  let start = 0;
  do {
    const block = data.subarray(start, start + ZSTANDARD_BLOCK);
    start += ZSTANDARD_BLOCK;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | (start >= data.length ? 1 : 0), 0, 3);
    parts.push(blockHeader, block);
  } while (start < data.length);
  return Buffer.concat(parts);
}

/** A value as avsc wants it: unions wrapped, longs bigint, ints number, bytes Buffer. */
function toAvsc(type: avro.Type, value: unknown): unknown {
  if (isUnion(type)) {
    if (value === null || value === undefined) return null;
    const branch = type.types.find((candidate) => accepts(candidate, value));
    if (branch === undefined) throw new Error(`no branch of ${JSON.stringify(type)} takes a ${typeof value}`);
    return { [branch.branchName ?? branch.typeName]: toAvsc(branch, value) };
  }
  const parts = partsOf(type);
  if (parts.fields !== undefined && isObject(value)) {
    return Object.fromEntries(
      parts.fields.map((field) => [field.name, toAvsc(field.type, value[field.name])]),
    );
  }
  if (parts.items !== undefined && Array.isArray(value)) {
    const { items } = parts;
    return value.map((item) => toAvsc(items, item));
  }
  if (parts.values !== undefined && isObject(value)) {
    const { values } = parts;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toAvsc(values, item)]));
  }
  if (type.typeName === 'abstract:long' && typeof value === 'number') return BigInt(value);
  if (type.typeName === 'int' && typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array && !Buffer.isBuffer(value)) return Buffer.from(value);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
