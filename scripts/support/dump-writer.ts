import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AvroFileContent, avroFile } from './avro-writer.js';

/** One dump as Heap would deliver it. */
export interface DumpSpec {
  readonly dumpId: bigint;
  /** Bucket named in the manifest's URIs; default {@link DEFAULT_BUCKET}. */
  readonly bucket?: string;
  /** Put before every key; empty or ending in `/`. */
  readonly prefix?: string;
  readonly tables: readonly TableSpec[];
  /** Written as `property_definitions.json` and named in the manifest. */
  readonly propertyDefinitions?: unknown;
  /** False: a dump that was never finished, its folder without a manifest. */
  readonly finished?: boolean;
}

export interface TableSpec {
  readonly name: string;
  readonly incremental: boolean;
  /** What the manifest says; default: the field names of all files, in order of first appearance. */
  readonly columns?: readonly string[];
  readonly files: readonly FileSpec[];
}

export interface FileSpec extends AvroFileContent {
  /** Default: `part-<place>-<hash of the content>-c000.avro`. */
  readonly name?: string;
}

/** One object of a bucket. */
export interface DumpObject {
  readonly key: string;
  readonly body: Buffer;
}

export const DEFAULT_BUCKET = 'heap-rs3-acme-prod';

/** All objects of a dump in the order in which Heap writes them: the manifest last. */
export function dumpObjects(spec: DumpSpec): readonly DumpObject[] {
  const { prefix = '', bucket = DEFAULT_BUCKET } = spec;
  const folder = `${prefix}sync_${spec.dumpId.toString()}`;
  const uri = (key: string): string => `s3://${bucket}/${key}`;
  const objects: DumpObject[] = [];
  const tables = spec.tables.map((table) => {
    const files = table.files.map((file, index) => tableFile(`${folder}/${table.name}`, file, index));
    objects.push(...files);
    return {
      name: table.name,
      files: files.map((file) => uri(file.key)),
      columns: table.columns ?? fieldNames(table.files),
      incremental: table.incremental,
    };
  });
  const manifest: Record<string, unknown> = { tables };
  if (spec.propertyDefinitions !== undefined) {
    const key = `${folder}/property_definitions.json`;
    objects.push({ key, body: json(spec.propertyDefinitions) });
    manifest['property_definitions'] = uri(key);
  }
  if (spec.finished === false) return objects;
  // JSON.stringify takes no bigint, and a dump id may lie beyond 2^53.
  const text = `{"dump_id":${spec.dumpId.toString()},${JSON.stringify(manifest).slice(1)}\n`;
  const key = `${prefix}manifests/sync_${spec.dumpId.toString()}.json`;
  return [...objects, { key, body: Buffer.from(text) }];
}

/** Writes a dump below a directory that mirrors a bucket; gives the keys written, the manifest's last. */
export async function writeDump(root: string, spec: DumpSpec): Promise<readonly string[]> {
  const objects = dumpObjects(spec);
  for (const object of objects) {
    const file = path.join(root, object.key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, object.body);
  }
  return objects.map((object) => object.key);
}

function tableFile(folder: string, file: FileSpec, index: number): DumpObject {
  const body = avroFile(file);
  return { key: `${folder}/${file.name ?? partName(`${folder}/${index}`, index, body)}`, body };
}

function partName(place: string, index: number, body: Buffer): string {
  const hash = createHash('sha256').update(place).update(body).digest('hex');
  const uuid = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ];
  return `part-${index.toString().padStart(5, '0')}-${uuid.join('-')}-c000.avro`;
}

function fieldNames(files: readonly FileSpec[]): readonly string[] {
  return [...new Set(files.flatMap((file) => file.schema.fields.map((field) => field.name)))];
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
