import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/types.js';
import { nameKey } from '../../src/schema/identifiers.js';
import { openStore } from '../../src/source/open-store.js';
import { typeName } from '../../src/schema/logical-types.js';
import type { Row } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { canonicalCell, canonicalValue } from '../support/canonical.js';
import { elsewhere } from '../support/elsewhere.js';
import { type Scenario, scenarios } from '../support/generate.js';
import { type ModelConfig, type ModelTableState, runModel } from '../support/model.js';
import { type Target, duckdbTableTarget, duckdbTarget } from '../support/target.js';
import { type Overrides, World } from '../support/world.js';

const SEED = Number(process.env['HEAPLOAD_PROPERTY_SEED'] ?? 20261123);
const RUNS = Number(process.env['HEAPLOAD_PROPERTY_RUNS'] ?? 60);

/** All ways of staging, with files read in place and files that are copied. */
const TARGETS = [duckdbTarget, duckdbTableTarget];

describe('random histories of dumps', () => {
  it('give the tables of the in-memory model, however they are spread over runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        scenarios(),
        fc.constantFrom(...TARGETS),
        fc.boolean(),
        async (scenario, target, inPlace) => {
          const expected = runModel(scenario.dumps, scenario.config, scenario.runs);
          expect(await loaded(scenario, expected, target, inPlace)).toEqual(described(expected));
        },
      ),
      { seed: SEED, numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 240_000 },
    );
  }, 300_000);
});

function overrides(config: ModelConfig): Overrides {
  const { timestamps } = config;
  return {
    tables: {
      keys: config.keys ?? {},
      ...(config.excludeTables === undefined ? {} : { exclude: config.excludeTables }),
    },
    columns: {
      exclude: config.excludeColumns ?? {},
      ...(timestamps === undefined ? {} : { timestamps }),
      ...(config.onTypeChange === undefined ? {} : { on_type_change: config.onTypeChange }),
      ...(config.newColumns === undefined ? {} : { new_columns: config.newColumns }),
    },
  };
}

/** The configuration knows whole days only; the generated bound lies among the generated times. */
function withStart(config: Config, micros: bigint | undefined): Config {
  if (micros === undefined) return config;
  return { ...config, source: { ...config.source, startDate: { text: micros.toString(), micros } } };
}

/** Writes and loads the scenario run by run; describes what the warehouse holds. */
async function loaded(
  scenario: Scenario,
  expected: ReadonlyMap<string, ModelTableState>,
  target: Target,
  inPlace: boolean,
): Promise<unknown> {
  const world = await World.create(target, overrides(scenario.config), undefined, (config) =>
    withStart(config, scenario.config.startDate),
  );
  const store = await openStore(world.config.source);
  try {
    const written = new Set<bigint>();
    const loads: unknown[] = [];
    for (const visible of scenario.runs) {
      const fresh = scenario.specs.filter(
        (spec) => visible.includes(spec.dumpId) && !written.has(spec.dumpId),
      );
      await world.write(...fresh);
      for (const spec of fresh) written.add(spec.dumpId);
      const { result } = await world.run({ store: inPlace ? store : elsewhere(store) });
      loads.push(result.status);
      const failed = result.error ?? result.failures[0]?.error;
      if (failed !== undefined) throw failed;
    }
    return await world.using(async (session) => {
      const tables: [string, unknown][] = [];
      for (const [name, table] of [...expected].sort())
        tables.push([name, await tableContent(world, session.query.bind(session), table)]);
      return tables;
    });
  } finally {
    await world.dispose();
  }
}

type Query = (sql: string) => Promise<readonly Row[]>;

async function tableContent(world: World, query: Query, table: ModelTableState): Promise<unknown> {
  const literal = WAREHOUSES.duckdb.dialect().literal(table.name);
  const loads = await query(
    `SELECT dump_id, status, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_filtered, rows_rejected, values_rejected
     FROM ${world.table('_heapload_loads')} WHERE table_name = ${literal} ORDER BY dump_id`,
  );
  const rejects = await query(
    `SELECT r.dump_id, f.file_index, r.row_index, r.kind, r.column_name
     FROM ${world.table('_heapload_rejects')} AS r
     JOIN ${world.table('_heapload_files')} AS f ON f.load_id = r.load_id AND f.file_key = r.file_key
     WHERE r.table_name = ${literal}`,
  );
  const described = {
    loads: loads.map((row) => Object.values(row).map(String).join(' ')),
    rejects: rejects.map((row) => Object.values(row).map(String).join(' ')).sort(),
  };
  const columns = await query(
    `SELECT column_name, data_type FROM information_schema.columns
     WHERE table_catalog = current_database() AND table_name = ${literal} AND column_name NOT LIKE '\\_heapload\\_%' ESCAPE '\\'
     ORDER BY ordinal_position`,
  );
  const types = columns.map((row) => {
    const type = WAREHOUSES.duckdb.dialect().parseColumnType(String(row['data_type']));
    return `${nameKey(String(row['column_name']))} ${type === undefined ? '?' : typeName(type)}`;
  });
  if (types.length === 0) return { ...described, columns: [], rows: [] };
  // A leading U+FEFF is lost when the driver reads a string, so every string is read behind a mark.
  const select = table.columns.map(({ name, type }) => {
    const quoted = WAREHOUSES.duckdb.dialect().quoteIdentifier(name);
    return type.kind === 'string' ? `'>' || ${quoted} AS ${quoted}` : quoted;
  });
  const rows = await query(`SELECT ${select.join(', ')} FROM ${world.table(table.name)}`);
  const texts = rows.map((row) => {
    const cells = Object.values(row);
    return JSON.stringify(
      table.columns.map(({ type }, n) => unmarked(canonicalCell(cells[n], type), type.kind)),
    );
  });
  return { ...described, columns: types, rows: texts.sort() };
}

function unmarked(text: string | null, kind: string): string | null {
  return text !== null && kind === 'string' ? text.slice(1) : text;
}

/** The model's tables in the same form. */
function described(tables: ReadonlyMap<string, ModelTableState>): unknown {
  return [...tables].sort().map(([name, table]) => [
    name,
    {
      loads: table.loads
        .toSorted((a, b) => (a.dump < b.dump ? -1 : 1))
        .map((load) =>
          load.status === 'loaded'
            ? [
                load.dump,
                load.status,
                load.rowsRead,
                load.inserted,
                load.updated,
                load.unchanged,
                load.filtered,
                load.rejectedRows,
                load.rejectedValues,
              ].join(' ')
            : [load.dump, load.status, ...Array<null>(7).fill(null)].map(String).join(' '),
        ),
      rejects: table.rejects
        .map((reject) =>
          [reject.dump, reject.file, reject.row, reject.kind, reject.column ?? null].map(String).join(' '),
        )
        .sort(),
      columns: table.columns.map((column) => `${nameKey(column.name)} ${typeName(column.type)}`),
      rows: [...table.rows.values()]
        .map((row) =>
          JSON.stringify(
            table.columns.map((column, n) => canonicalValue(row.values[n] ?? null, column.type)),
          ),
        )
        .sort(),
    },
  ]);
}
