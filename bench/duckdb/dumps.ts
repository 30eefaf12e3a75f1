import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { BUCKET } from '../s3/server.js';
import { type EventFile, columnNames } from './events.js';

const run = promisify(execFile);
const WRITER = fileURLToPath(new URL('write-events.js', import.meta.url));
const ROWS_PER_FILE = 250_000;
/** Small files are written by one process together, as many as its command line can name. */
const FILES_PER_PROCESS = 200;

/** A dump of one table of events, `pageviews`. */
export interface DumpOfEvents {
  /** Folder of the dumps; several may stand in one. */
  readonly folder: string;
  readonly dumpId: number;
  readonly rows: number;
  readonly columns: number;
  readonly codec: EventFile['codec'];
  /** Id of its first row. */
  readonly firstId?: number;
  /** Default: 250,000 rows a file. */
  readonly files?: number;
}

export interface WrittenDump {
  /** Paths of its files, in the order of the manifest. */
  readonly files: readonly string[];
  /** Before compression. */
  readonly rawBytes: number;
}

/** Writes the files on all cores, then the manifest. One row of twenty has the id of an earlier one of its file. */
export async function writeDump(spec: DumpOfEvents): Promise<WrittenDump> {
  const { folder, dumpId, rows, columns, codec, firstId = 1 } = spec;
  const count = spec.files ?? Math.max(1, Math.ceil(rows / ROWS_PER_FILE));
  const perFile = Math.floor(rows / count);
  const files = Array.from({ length: count }, (_, n): EventFile => {
    const file = path.join(folder, fileKey(dumpId, n));
    return { file, rows: perFile, firstId: firstId + n * perFile, redeliverEvery: 20, columns, codec };
  });
  const together = perFile * FILES_PER_PROCESS < ROWS_PER_FILE ? FILES_PER_PROCESS : 1;
  const batches = Array.from({ length: Math.ceil(count / together) }, (_, n) =>
    files.slice(n * together, (n + 1) * together),
  );
  const limit = pLimit(os.availableParallelism());
  const sizes = await Promise.all(
    batches.map((batch) =>
      limit(async () => Number((await run(process.execPath, [WRITER, JSON.stringify(batch)])).stdout)),
    ),
  );
  writeManifest(folder, dumpId, columns, count);
  return { files: files.map(({ file }) => file), rawBytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

/** The manifest of a dump with that many files. */
export function writeManifest(folder: string, dumpId: number, columns: number, files: number): void {
  const table = {
    name: 'pageviews',
    files: Array.from({ length: files }, (_, n) => `s3://${BUCKET}/${fileKey(dumpId, n)}`),
    columns: columnNames(columns),
    incremental: true,
  };
  mkdirSync(path.join(folder, 'manifests'), { recursive: true });
  const manifest = JSON.stringify({ dump_id: dumpId, tables: [table] });
  writeFileSync(path.join(folder, `manifests/sync_${dumpId}.json`), manifest);
}

function fileKey(dumpId: number, n: number): string {
  return `sync_${dumpId}/pageviews/part-${String(n).padStart(5, '0')}.avro`;
}
