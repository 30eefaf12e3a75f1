import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evolve } from '../../src/plan/evolve.js';
import { LEDGER, LEDGER_COLUMNS, LEDGER_VERSION, type LedgerTable } from '../../src/plan/ledger.js';
import type { Plan } from '../../src/plan/plan.js';
import { EMPTY_STATE, type WarehouseState } from '../../src/plan/state.js';
import type { ColumnDefinition, Step } from '../../src/plan/steps.js';
import { engineFor } from '../../src/render/engines.js';
import { renderObservation } from '../../src/render/observation.js';
import { stepOperations } from '../../src/render/statements.js';
import { Planner } from '../../src/run/prepare.js';
import { STAGED_FILE_COLUMN, STAGED_ROW_COLUMN } from '../../src/schema/identifiers.js';
import { INT64, type LogicalType } from '../../src/schema/logical-types.js';
import { openStore } from '../../src/source/open-store.js';
import { bigqueryDialect } from '../../warehouses/bigquery/dialect.js';
import { GOLDEN_SCENARIOS, type GoldenScenario } from '../golden/scenarios.js';
import { catalogViews } from '../stand-ins/bigquery/analysis.js';
import { typeNamed } from '../stand-ins/bigquery/types.js';
import { writeDump } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import type { Analyzer, SqlTable, SqlType } from '../tools/zetasql/analyzer.js';
import { analyzeScript } from '../tools/zetasql/script.js';
import { sharedAnalyzer } from '../tools/zetasql/shared.js';

const SCHEMA = 'heap';
const PARAMETERS: ReadonlyMap<string, SqlType> = new Map<string, SqlType>([
  ...['run_id', 'holder', 'run_status', 'run_message'].map(
    (name) => [name, { name: 'STRING' }] as [string, SqlType],
  ),
  ...['lease_token', 'rows_read', 'loads_done', 'loads_failed'].map(
    (name) => [name, { name: 'INT64' }] as [string, SqlType],
  ),
]);

let analyzer: Analyzer | undefined;
beforeAll(async () => {
  analyzer = await sharedAnalyzer();
});
beforeEach((context) => {
  if (analyzer === undefined) context.skip("Google's SQL analyzer is not installed");
});

describe.each(GOLDEN_SCENARIOS)('the SQL of a golden plan, as Google sees it: $name', (scenario) => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'heapload-googlesql-'));
    for (const dump of scenario.dumps) await writeDump(root, dump);
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('resolves every name, type and function', async () => {
    const { statements } = await analyzePlans(scenario, root, (sql) => sql);
    expect(statements).toBeGreaterThan(20);
  });
});

describe('wrong SQL planted in a plan', () => {
  const [scenario] = GOLDEN_SCENARIOS.filter(({ name }) => name === 'first-load');
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'heapload-googlesql-'));
    for (const dump of scenario?.dumps ?? []) await writeDump(root, dump);
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it.each([
    ['a column nobody has', /_heapload_staged\.`email` AS/g, '_heapload_staged.`e_mail` AS', /e_mail/],
    ['a function nobody has', /TIMESTAMP_MILLIS\(/g, 'TIMESTAMP_MILLISECONDS(', /Function not found/],
    ['a text for a number', /`token` = @lease_token/g, "`token` = 'x'", /INT64.*STRING|Could not cast/],
    ['a number for a text', /SET `status` = 'died'/g, 'SET `status` = 7', /STRING/],
    ['a table nobody made', /`_heapload_loads`/g, '`_heapload_load`', /Table not found/],
    ['a bracket too many', /WHERE `name` = 'run'/g, "WHERE (`name` = 'run'", /Syntax error/],
    ['a parameter nobody binds', /@run_status/g, '@status', /parameter/i],
    [
      'an INSERT of too few values',
      /'running', CURRENT_TIMESTAMP\(\)/g,
      "'running'",
      /column count|too few/i,
    ],
    [
      'a comparison of a day with a text',
      /BETWEEN 100000000000 AND/g,
      "BETWEEN DATE '2020-01-01' AND",
      /BETWEEN/,
    ],
  ])('is refused: %s', async (_title, pattern, replacement, message) => {
    let planted = 0;
    const plant = (sql: string): string =>
      sql.replaceAll(pattern, () => {
        planted += 1;
        return replacement;
      });
    if (scenario === undefined) throw new Error('no such scenario');
    await expect(analyzePlans(scenario, root, plant)).rejects.toThrow(message);
    expect(planted).toBeGreaterThan(0);
  });

  it('is refused: an ambiguous name', async () => {
    const columns = [{ name: 'user_id', type: { name: 'INT64' } }] as const;
    const tables = [
      { path: [SCHEMA, 'a'], columns },
      { path: [SCHEMA, 'b'], columns },
    ];
    const names = { tables, parameters: PARAMETERS };
    await expect(
      analyzeScript(needed(), 'SELECT user_id FROM heap.a CROSS JOIN heap.b', names),
    ).rejects.toThrow(/ambiguous/);
  });

  it('is refused: a wrong value for a variable of a script', async () => {
    const names = { tables: [], parameters: PARAMETERS };
    const script = "DECLARE days ARRAY<TIMESTAMP>; SET days = ARRAY(SELECT 'x;y')";
    await expect(analyzeScript(needed(), script, names)).rejects.toThrow(/ARRAY/);
    const right =
      "DECLARE days ARRAY<TIMESTAMP>; SET days = ARRAY(SELECT TIMESTAMP '2026-01-01'); SELECT ';'";
    expect(await analyzeScript(needed(), right, names)).toBe(3);
  });
});

describe('the queries that read the state', () => {
  it('resolve', async () => {
    const tables = tablesOf({ ...EMPTY_STATE, ledgerTables: ALL_LEDGER_TABLES }, new Map());
    for (const sql of Object.values(renderObservation(bigqueryDialect, SCHEMA))) {
      await analyzeScript(needed(), sql, {
        tables: [...tables, ...catalogViews(sql)],
        parameters: PARAMETERS,
      });
    }
  });
});

const ALL_LEDGER_TABLES: ReadonlySet<LedgerTable> = new Set(Object.keys(LEDGER) as LedgerTable[]);

function needed(): Analyzer {
  if (analyzer === undefined) throw new Error("Google's SQL analyzer is not installed");
  return analyzer;
}

/** Plans the runs of a scenario and analyzes each statement against what the steps before it have made. */
async function analyzePlans(
  scenario: GoldenScenario,
  root: string,
  change: (sql: string) => string,
): Promise<{ readonly statements: number }> {
  const world = await World.create(duckdbTarget, scenario.config, root);
  try {
    let state = EMPTY_STATE;
    let statements = 0;
    for (const toDump of scenario.runs) {
      const planner = new Planner({
        config: world.config,
        store: await openStore(world.config.source),
        dialect: bigqueryDialect,
        scope: { tables: undefined, toDump },
        signal: new AbortController().signal,
      });
      const { plan } = await planner.prepare(state);
      statements += await analyzeSteps(plan, state, change);
      state = afterRun(state, plan, world.config.source.layout);
    }
    return { statements };
  } finally {
    await world.dispose();
  }
}

async function analyzeSteps(
  plan: Plan,
  before: WarehouseState,
  change: (sql: string) => string,
): Promise<number> {
  const settings = { dialect: bigqueryDialect, schema: SCHEMA, runName: 'test', version: '0' };
  const engine = engineFor(bigqueryDialect, SCHEMA);
  const staging = new Map<string, readonly ColumnDefinition[]>();
  let state = before;
  let statements = 0;
  for (const step of stepsOf(plan)) {
    const names = { tables: tablesOf(state, staging), parameters: PARAMETERS };
    for (const operation of stepOperations(step, engine, settings)) {
      if (operation.kind !== 'statement') continue;
      statements += await analyzeScript(needed(), change(operation.sql), names);
    }
    state = evolve(state, step);
    if (step.kind === 'create-staging') staging.set(step.staging, [...STAGED, ...step.columns]);
    if (step.kind === 'drop-staging') staging.delete(step.staging);
  }
  return statements;
}

const STAGED: readonly ColumnDefinition[] = [
  { name: STAGED_FILE_COLUMN, type: INT64 },
  { name: STAGED_ROW_COLUMN, type: INT64 },
];

function stepsOf(plan: Plan): readonly Step[] {
  const loads = plan.loads.flatMap(({ prepare, stage, publish, cleanup }) => [
    ...prepare,
    ...stage,
    ...publish,
    ...cleanup,
  ]);
  return [...plan.setup, ...plan.record, ...loads, ...plan.finish];
}

function tablesOf(
  state: WarehouseState,
  staging: ReadonlyMap<string, readonly ColumnDefinition[]>,
): readonly SqlTable[] {
  const table = (
    name: string,
    columns: readonly { readonly name: string; readonly type: LogicalType | undefined }[],
  ): SqlTable => ({
    path: [SCHEMA, name],
    columns: columns.map((column) => ({ name: column.name, type: sqlType(column.type) })),
  });
  return [
    ...[...state.ledgerTables].map((name) => table(LEDGER[name], LEDGER_COLUMNS[name])),
    ...[...state.tables.values()].map(({ name, columns }) => table(name, columns)),
    ...[...staging].map(([name, columns]) => table(name, columns)),
  ];
}

function sqlType(type: LogicalType | undefined): SqlType {
  const [native = ''] = type === undefined ? [] : bigqueryDialect.columnType(type).split('(');
  const name = typeNamed(native);
  if (name === undefined) throw new Error(`no type ${native}`);
  return { name };
}

/** What `observe` would see after the run. */
function afterRun(state: WarehouseState, plan: Plan, layout: string): WarehouseState {
  const dumps = plan.loads.map(({ load }) => load.dumpId);
  const { finalState } = plan;
  const ledger = {
    ...finalState.ledger,
    layout,
    version: LEDGER_VERSION,
    dumps: new Set([...state.ledger.dumps, ...dumps]),
  };
  return { ...finalState, schemaExists: true, ledgerTables: ALL_LEDGER_TABLES, ledger };
}
