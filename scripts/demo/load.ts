import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HOLDER, type Workplace, openWorkplace, withSession } from '../../src/cli/common.js';
import type { Io } from '../../src/cli/io.js';
import { templatesRoot } from '../../src/render/template-files.js';
import type { LoadCounts, RunStatus } from '../../src/run/events.js';
import { textOf } from '../../src/run/rows.js';
import { run } from '../../src/run/run.js';
import { listManifests } from '../../src/source/manifests.js';

/** What one run changed. */
export interface DumpReport {
  readonly dumpId: bigint;
  readonly status: RunStatus;
  readonly loads: readonly LoadReport[];
  /** Load ids that a later full dump made void. */
  readonly superseded: readonly string[];
  /** Tables listed without files. */
  readonly nothing: readonly string[];
  /** Models that were built. */
  readonly models: number;
  readonly notes: readonly string[];
}

export interface LoadReport {
  readonly table: string;
  readonly mode: 'merge' | 'replace';
  readonly createsTable: boolean;
  readonly addedColumns: readonly string[];
  readonly counts: LoadCounts;
}

/** Writes a configuration that loads the sample into a DuckDB file beside it; gives its path. */
export async function writeConfig(file: string, database: string): Promise<string> {
  const examples = path.resolve(templatesRoot(), '../examples');
  const written = (folder: string): string =>
    JSON.stringify(path.join(examples, folder)).replaceAll('${', '$${');
  const lines = [
    'name: demo',
    'source:',
    '  type: directory',
    `  path: ${written('dumps')}`,
    'warehouse:',
    '  type: duckdb',
    `  path: ${database}`,
    '  schema: heap',
    'models:',
    `  path: ${written('models')}`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** The dumps of a configuration's source that have a manifest, oldest first. */
export async function offeredDumps(config: string): Promise<readonly bigint[]> {
  const { store, config: settings } = await workplaceOf(config);
  const { manifests } = await listManifests(store, settings.source.prefix);
  return manifests.map((manifest) => manifest.dumpId);
}

/** What `heapload run --to-dump <id>` does, with the events collected; throws when the run does not succeed. */
export async function loadDump(config: string, dumpId: bigint): Promise<DumpReport> {
  const workplace = await workplaceOf(config);
  const runId = randomUUID();
  return await withSession(workplace, 'write', async (session) => {
    const started = new Map<string, Omit<LoadReport, 'counts'>>();
    const loads: LoadReport[] = [];
    const notes: string[] = [];
    const result = await run({
      ...workplace,
      session,
      scope: { tables: undefined, toDump: dumpId },
      signal: QUIET.signal,
      runId,
      holder: HOLDER,
      connectForModels: () => workplace.connect('write'),
      emit: (event) => {
        if (event.kind === 'note') notes.push(event.note.message);
        if (event.kind === 'load-started') started.set(event.load.loadId, { ...event.load, ...event });
        const known = event.kind === 'load-done' ? started.get(event.load.loadId) : undefined;
        if (event.kind === 'load-done' && known !== undefined) loads.push({ ...known, counts: event.counts });
      },
    });
    const error = result.error ?? result.failures[0]?.error ?? result.nodes.find((node) => node.error)?.error;
    if (error !== undefined) throw error;
    const settled = await session.query(
      `SELECT load_id, status FROM heap._heapload_loads
       WHERE run_id = '${runId}' AND status <> 'loaded' ORDER BY table_name, dump_id`,
    );
    const withStatus = (status: string): readonly string[] =>
      settled.filter((row) => textOf(row, 'status') === status).map((row) => textOf(row, 'load_id'));
    const [superseded, nothing] = [withStatus('superseded'), withStatus('nothing')];
    const models = result.nodes.length;
    return { dumpId, status: result.status, loads, superseded, nothing, models, notes };
  });
}

async function workplaceOf(config: string): Promise<Workplace> {
  return await openWorkplace({ config, json: false }, QUIET);
}

const QUIET: Io = {
  stdout: () => undefined,
  stderr: () => undefined,
  env: {},
  interactive: false,
  color: { stdout: false, stderr: false },
  signal: new AbortController().signal,
  ask: () => Promise.resolve(''),
};
