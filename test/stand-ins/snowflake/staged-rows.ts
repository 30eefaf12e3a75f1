import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { uncompressSync } from 'snappy';
import { type AvroRecordSchema, avscType } from '../../../scripts/support/avro-writer.js';
import { SnowflakeError } from './errors.js';

/** A value of a field, as the engine takes it; nested ones are JSON. */
export type StagedValue = string | bigint | number | boolean | null;

export interface StagedField {
  readonly name: string;
  /** The engine's type of what `$1:"name"` is. */
  readonly engine: 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'JSON';
}

/**
 * Reads an Avro container with avsc, which shares nothing with heapload's reader and writer. `header` is told the
 * fields before the first row.
 */
export async function readStagedRows(
  file: string,
  header: (fields: readonly StagedField[]) => Promise<void> | void,
  row: (values: readonly StagedValue[]) => void,
): Promise<void> {
  let schema: AvroRecordSchema | undefined;
  const decoder = new avro.streams.BlockDecoder({ parseHook: avscType, codecs: CODECS });
  decoder.on('metadata', (_type: unknown, _codec: string, head: { meta: { 'avro.schema': Buffer } }) => {
    schema = JSON.parse(head.meta['avro.schema'].toString()) as AvroRecordSchema;
  });
  let fields: readonly StagedField[] | undefined;
  try {
    await pipeline(
      createReadStream(file),
      decoder,
      async (rows: AsyncIterable<Readonly<Record<string, unknown>>>) => {
        for await (const values of rows) {
          fields ??= await announce(schema, header);
          row(fields.map((field) => stagedValue(values[field.name], field)));
        }
      },
    );
  } catch (error) {
    if (error instanceof SnowflakeError) throw error;
    throw new SnowflakeError('100084', '22000', `Error parsing Avro: ${String(error)}`);
  }
  fields ??= await announce(schema, header);
}

async function announce(
  schema: AvroRecordSchema | undefined,
  header: (fields: readonly StagedField[]) => Promise<void> | void,
): Promise<readonly StagedField[]> {
  if (schema === undefined) throw new Error('there is no header');
  const fields = schema.fields.map(({ name, type }) => ({ name, engine: engineType(type) }));
  await header(fields);
  return fields;
}

type Decompress = (data: Buffer, done: (error: Error | null, data?: Buffer) => void) => void;

const CODECS: Readonly<Record<string, Decompress>> = {
  null: (data, done) => {
    done(null, data);
  },
  deflate: (data, done) => {
    done(null, inflateRawSync(data));
  },
  snappy: (data, done) => {
    done(null, Buffer.from(uncompressSync(data.subarray(0, -4))));
  },
};

const ENGINE_TYPES: Readonly<Record<string, StagedField['engine']>> = {
  string: 'VARCHAR',
  enum: 'VARCHAR',
  int: 'BIGINT',
  long: 'BIGINT',
  float: 'DOUBLE',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** Of a schema, or of the one that a union has beside null. */
function engineType(type: unknown): StagedField['engine'] {
  const branches: readonly unknown[] = Array.isArray(type)
    ? type.filter((branch) => branch !== 'null')
    : [type];
  const [only] = branches;
  if (branches.length !== 1 || only === undefined) return 'JSON';
  const name = typeof only === 'object' && only !== null && 'type' in only ? only.type : only;
  return ENGINE_TYPES[String(name)] ?? 'JSON';
}

function stagedValue(value: unknown, field: StagedField): StagedValue {
  const bare = withoutBranch(value);
  if (bare === null || bare === undefined) return null;
  if (field.engine === 'JSON') return jsonText(value);
  if (field.engine === 'BIGINT') return BigInt(bare as bigint | number);
  return bare as StagedValue;
}

/** avsc wraps the values of unions in an object that names the branch. */
function withoutBranch(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !isWrapped(value)) return value;
  return (value as { unwrap(): unknown }).unwrap();
}

function isWrapped(value: object): boolean {
  return 'unwrap' in value && typeof value.unwrap === 'function';
}

/** With every digit of whole numbers, keys in order, as Snowflake keeps an object; bytes as hexadecimal digits. */
function jsonText(value: unknown): string {
  const bare = withoutBranch(value);
  if (typeof bare === 'bigint') return bare.toString();
  if (bare instanceof Uint8Array) return JSON.stringify(Buffer.from(bare).toString('hex').toUpperCase());
  if (Array.isArray(bare)) return `[${bare.map(jsonText).join(',')}]`;
  if (typeof bare === 'object' && bare !== null) {
    const entries = Object.entries(bare).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${jsonText(inner)}`).join(',')}}`;
  }
  return JSON.stringify(bare ?? null);
}
