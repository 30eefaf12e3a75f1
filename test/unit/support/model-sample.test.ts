import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Value } from '../../../src/schema/values.js';
import { type ModelDump, type ModelTableState, runModel } from '../../support/model.js';
import { readModelDump } from '../../support/read-avro.js';

const SAMPLE = 'test/fixtures/heap-sample';
const DUMPS = [41, 42, 43, 45, 46];
const IDS = DUMPS.map(BigInt);

interface ExpectedTable {
  readonly primary_key: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly row_count: number;
  readonly rejected_rows: number;
  readonly rejected_values: number;
  readonly loads: readonly Readonly<Record<string, unknown>>[];
  readonly rows: readonly (readonly unknown[])[];
}

async function expected(name: string): Promise<Readonly<Record<string, ExpectedTable>>> {
  const text = await readFile(`${SAMPLE}/${name}.json`, 'utf8');
  return (JSON.parse(text) as { readonly tables: Readonly<Record<string, ExpectedTable>> }).tables;
}

/** The model's result in the spelling of the expected files. */
function spelled(table: ModelTableState): ExpectedTable {
  const keyAt = table.columns.findIndex((column) => column.name === table.key[0]);
  const rows = [...table.rows.values()].map((row) => row.values);
  rows.sort((a, b) => ((a[keyAt] as bigint) < (b[keyAt] as bigint) ? -1 : 1));
  return {
    primary_key: table.key.join(),
    columns: table.columns.map((column) => ({ name: column.name, type: column.type.kind })),
    row_count: table.rows.size,
    rejected_rows: table.rejects.filter((reject) => reject.kind === 'row').length,
    rejected_values: table.rejects.filter((reject) => reject.kind === 'value').length,
    loads: table.loads.map((load) => ({
      run: load.run,
      dump: Number(load.dump),
      incremental: load.incremental,
      files: load.files,
      rows_read: load.rowsRead,
      inserted: load.inserted,
      updated: load.updated,
      rejected_rows: load.rejectedRows,
      status: load.status,
    })),
    rows: rows.map((values) =>
      values.map((value: Value) => (typeof value === 'bigint' ? value.toString() : value)),
    ),
  };
}

describe('the model against the independently computed sample', () => {
  let dumps: readonly ModelDump[];
  beforeAll(async () => {
    dumps = await Promise.all(DUMPS.map((dump) => readModelDump(SAMPLE, dump)));
  });

  it.each([
    ['expected-one-run', [IDS]],
    ['expected-run-per-dump', IDS.map((_, index) => IDS.slice(0, index + 1))],
  ])('%s: the same columns, rows and counts', async (name, runs) => {
    const tables = runModel(dumps, {}, runs);
    const result = Object.fromEntries([...tables].map(([table, state]) => [table, spelled(state)]));
    expect(result).toEqual(await expected(name));
  });

  it('every row read is accounted for', () => {
    for (const state of runModel(dumps, {}, [IDS]).values()) {
      for (const load of state.loads) {
        const accounted = load.inserted + load.updated + load.unchanged + load.filtered + load.rejectedRows;
        expect(accounted, `${state.name} ${load.dump.toString()}`).toBe(load.rowsRead);
      }
    }
  });
});
