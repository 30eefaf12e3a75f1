import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDump } from '../../support/dump-writer.js';
import { type Scenario, scenarios } from '../../support/generate.js';
import { type ModelTableState, runModel } from '../../support/model.js';
import { readWithAvsc } from '../../support/read-avro.js';

const SEED = 20250303;

function tablesOf({ dumps, config, runs }: Scenario): readonly ModelTableState[] {
  return [...runModel(dumps, config, runs).values()];
}

describe('generated histories', () => {
  it('load without failures, and every row is accounted for', () => {
    fc.assert(
      fc.property(scenarios(), (scenario) => {
        for (const state of tablesOf(scenario)) {
          expect(state.failures).toEqual([]);
          expect(new Set(state.loads.map((load) => load.dump)).size).toBe(state.loads.length);
          for (const load of state.loads) {
            const { inserted, updated, unchanged, filtered, rejectedRows } = load;
            expect(inserted + updated + unchanged + filtered + rejectedRows).toBe(load.rowsRead);
          }
        }
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it('end in the same rows for every key that survives, however the dumps are split into runs in order', () => {
    fc.assert(
      fc.property(scenarios(), ({ dumps, config, runs }) => {
        const ids = dumps.map((dump) => dump.id);
        const isInOrder = runs.every((run) => run.every((id, index) => id === ids[index]));
        fc.pre(isInOrder && config.newColumns === undefined);
        const keys = (split: typeof runs) =>
          [...runModel(dumps, config, split)].map(([name, state]) => [name, new Set(state.rows.keys())]);
        expect(keys(runs)).toEqual(keys([ids]));
      }),
      { numRuns: 200, seed: SEED },
    );
  });

  it('can be written, and avsc reads as many rows', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'heapload-generate-'));
    try {
      for (const [index, { specs, dumps }] of fc.sample(scenarios(), { numRuns: 40, seed: SEED }).entries()) {
        for (const [place, spec] of specs.entries()) {
          const below = path.join(root, index.toString());
          const keys = await writeDump(below, spec);
          await expectRows(below, keys, dumps[place]?.tables.flatMap((table) => table.files) ?? []);
        }
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  it('show every case the model knows, and stay small', () => {
    const seen = new Map<string, number>();
    const note = (what: string, is: boolean) => seen.set(what, (seen.get(what) ?? 0) + (is ? 1 : 0));
    for (const scenario of fc.sample(scenarios(), { numRuns: 400, seed: SEED })) noteCases(scenario, note);
    for (const [what, count] of seen) expect(count, what).toBeGreaterThanOrEqual(5);
    expect(seen.size).toBe(17);
  });
});

async function expectRows(
  root: string,
  keys: readonly string[],
  files: readonly {
    readonly columns: readonly { readonly name: string }[];
    readonly rows: readonly unknown[];
  }[],
): Promise<void> {
  const written = keys.filter((key) => key.endsWith('.avro'));
  expect(written).toHaveLength(files.length);
  for (const [index, key] of written.entries()) {
    // avsc's decoder knows no Zstandard.
    if ((await readFile(path.join(root, key))).includes('zstandard')) continue;
    const read = await readWithAvsc(path.join(root, key));
    expect(read.rows).toHaveLength(files[index]?.rows.length ?? -1);
    expect(read.schema.fields.map((field) => field.name)).toEqual(
      files[index]?.columns.map((column) => column.name),
    );
  }
}

function noteCases(scenario: Scenario, note: (what: string, is: boolean) => void): void {
  const { dumps, runs, config } = scenario;
  const states = tablesOf(scenario);
  const loads = states.flatMap((state) => state.loads);
  const rejects = states.flatMap((state) => state.rejects);
  const ids = dumps.map((dump) => dump.id);
  const tables = dumps.flatMap((dump) => dump.tables);
  note(
    'variant column',
    states.some((state) => state.columns.some((column) => column.name.includes('__'))),
  );
  note(
    'superseded',
    loads.some((load) => load.status === 'superseded'),
  );
  note(
    'nothing',
    loads.some((load) => load.status === 'nothing'),
  );
  note(
    'emptied',
    loads.some((load) => load.status === 'loaded' && load.files === 0 && !load.incremental),
  );
  note(
    'updated',
    loads.some((load) => load.updated > 0),
  );
  note(
    'unchanged',
    loads.some((load) => load.unchanged > 0),
  );
  note(
    'filtered',
    loads.some((load) => load.filtered > 0),
  );
  note(
    'rejected row',
    rejects.some((reject) => reject.kind === 'row'),
  );
  note(
    'rejected value',
    rejects.some((reject) => reject.kind === 'value'),
  );
  note(
    'late dump',
    states.some((state) =>
      state.loads.some((load, index) => load.dump < (state.loads[index - 1]?.dump ?? 0n)),
    ),
  );
  note(
    'gap',
    ids.some((id, index) => index > 0 && id - (ids[index - 1] ?? id) > 1n),
  );
  note('ids of different length', new Set(ids.map((id) => id.toString().length)).size > 1);
  note('several runs', runs.length > 1);
  note(
    'empty file',
    tables.some((table) => table.files.some((file) => file.rows.length === 0)),
  );
  note('raw timestamps', config.timestamps?.as === 'raw');
  note('new columns ignored', config.newColumns === 'ignore');
  note(
    'composite key',
    states.some((state) => state.key.length > 1 && state.rows.size > 1),
  );
  for (const dump of dumps) expect(dump.tables.length).toBeLessThanOrEqual(3);
  for (const table of tables) expect(table.files.length).toBeLessThanOrEqual(3);
  for (const file of tables.flatMap((table) => table.files)) expect(file.rows.length).toBeLessThanOrEqual(6);
  expect(dumps.length).toBeLessThanOrEqual(6);
}
