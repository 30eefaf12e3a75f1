import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { uncompressSync } from 'snappy';
import type { LogicalType } from '../../src/schema/logical-types.js';
import type { Value } from '../../src/schema/values.js';
import { type AvroRecordSchema, avscType } from '../../scripts/support/avro-writer.js';
import type { ModelDump, ModelFile, ModelTable } from './model.js';

/** A file read by avsc alone: the schema as its header has it, and rows as avsc gives them (longs bigint, unions wrapped). */
export interface AvscFile {
  readonly schema: AvroRecordSchema;
  readonly codec: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Reads a container with avsc's own decoder, which shares nothing with heapload's reader. Not for `zstandard`. */
export async function readWithAvsc(file: string): Promise<AvscFile> {
  let header: { schema: AvroRecordSchema; codec: string } | undefined;
  const rows: Readonly<Record<string, unknown>>[] = [];
  const decoder = new avro.streams.BlockDecoder({
    parseHook: avscType,
    codecs: {
      null: (data, done) => {
        done(null, data);
      },
      deflate: (data, done) => {
        done(null, inflateRawSync(data));
      },
      snappy: (data, done) => {
        done(null, Buffer.from(uncompressSync(data.subarray(0, -4))));
      },
    },
  });
  decoder.on('metadata', (_type: unknown, codec: string, head: { meta: { 'avro.schema': Buffer } }) => {
    header = { codec, schema: JSON.parse(head.meta['avro.schema'].toString()) as AvroRecordSchema };
  });
  await pipeline(
    createReadStream(file),
    decoder,
    async (values: AsyncIterable<Readonly<Record<string, unknown>>>) => {
      for await (const value of values) rows.push(value);
    },
  );
  if (header === undefined) throw new Error(`${file} has no header`);
  return { ...header, rows };
}

interface ManifestText {
  readonly dump_id: number;
  readonly tables: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly incremental: boolean;
  }[];
}

/** A dump of a mirrored bucket for the model. Its files may have fields of long, double, string and boolean only. */
export async function readModelDump(root: string, dump: number): Promise<ModelDump> {
  const text = await readFile(path.join(root, `manifests/sync_${dump}.json`), 'utf8');
  const manifest = JSON.parse(text) as ManifestText;
  const tables: ModelTable[] = [];
  for (const { name, incremental, files } of manifest.tables) {
    const modelFiles: ModelFile[] = [];
    for (const uri of files)
      modelFiles.push(await readModelFile(path.join(root, uri.replace(/^s3:\/\/[^/]+\//, ''))));
    tables.push({ name, incremental, files: modelFiles });
  }
  return { id: BigInt(manifest.dump_id), tables };
}

async function readModelFile(file: string): Promise<ModelFile> {
  const { schema, rows } = await readWithAvsc(file);
  const names = schema.fields.map((field) => field.name);
  return {
    columns: schema.fields.map((field) => ({ name: field.name, type: plainType(field.type) })),
    rows: rows.map((row) => names.map((name) => unwrapped(row[name]))),
  };
}

const PLAIN_TYPES: Readonly<Record<string, LogicalType>> = {
  long: { kind: 'int64' },
  double: { kind: 'float64' },
  string: { kind: 'string' },
  boolean: { kind: 'bool' },
};

function plainType(type: unknown): LogicalType {
  const branches: unknown[] = Array.isArray(type) ? type.filter((branch) => branch !== 'null') : [type];
  const plain = PLAIN_TYPES[String(branches[0])];
  if (plain === undefined || branches.length !== 1)
    throw new Error(`not a plain type: ${JSON.stringify(type)}`);
  return plain;
}

function unwrapped(value: unknown): Value {
  if (typeof value !== 'object' || value === null) return value as Value;
  return Object.values(value)[0] as Value;
}
