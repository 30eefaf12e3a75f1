import { keyColumnsOf } from '../../config/selection.js';
import { EXIT } from '../../errors.js';
import type { Plan } from '../../plan/plan.js';
import type { WarehouseState } from '../../plan/state.js';
import { findTable } from '../../plan/state.js';
import { observe } from '../../run/observe.js';
import { Planner } from '../../run/prepare.js';
import { bigintOf, optionalBigint, textOf } from '../../run/rows.js';
import { RESERVED_PREFIX, nameKey } from '../../schema/identifiers.js';
import { typeName } from '../../schema/logical-types.js';
import type { Row } from '../../warehouse/contract.js';
import { type CommonOptions, type Workplace, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { colors, formatError, size, textTable } from '../reporters/format.js';
import { jsonFailure, jsonLine } from '../reporters/json.js';

interface DiscoveredTable {
  readonly table: string;
  readonly selected: boolean;
  readonly key: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Of loads committed and pending. */
  readonly files: number;
  readonly bytes: number;
  /** Rows of the table now; null when it was never loaded. */
  readonly rows: bigint | null;
  readonly pending_loads: number;
  readonly pending_files: number;
  readonly pending_bytes: number;
}

/** `discover`: every table of source and ledger, with its columns as they will be after the next run. */
export async function discover(options: CommonOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const { config, store, dialect, queries } = workplace;
  const { state, loaded } = await withSession(workplace, 'read', async (session) => {
    const observed = await observe(session, dialect, queries);
    const known = observed.ledgerTables.has('loads') && observed.ledgerTables.has('files');
    return { state: observed, loaded: known ? await session.query(queries.loadedFiles) : [] };
  });
  const scope = { tables: undefined, toDump: undefined };
  const { plan } = await new Planner({ config, store, dialect, scope, signal: io.signal }).prepare(state);
  const tables = discoveredTables(plan, state, loaded, workplace);
  const exitCode = plan.failures.length > 0 ? EXIT.failed : EXIT.done;
  if (options.json) {
    const status = exitCode === EXIT.done ? 'done' : 'failed';
    io.stdout(
      jsonLine({
        event: 'end',
        status,
        exit_code: exitCode,
        tables,
        failures: plan.failures.map(jsonFailure),
      }),
    );
  } else {
    print(tables, io);
    for (const failure of plan.failures) io.stderr(formatError(failure.error, io.color.stderr));
  }
  return exitCode;
}

function discoveredTables(
  plan: Plan,
  state: WarehouseState,
  loaded: readonly Row[],
  workplace: Workplace,
): readonly DiscoveredTable[] {
  const excluded = plan.settled.filter((load) => load.status === 'excluded').map((load) => load.table);
  const open = state.ledger.openLoads.filter((load) => load.status === 'excluded').map((load) => load.table);
  const pending = plan.loads.map(({ load }) => load.table);
  const failed = plan.failures.flatMap((failure) => (failure.table === undefined ? [] : [failure.table]));
  const names = [...new Set([...state.ledger.tables.keys(), ...pending, ...failed, ...excluded])].sort();
  return names.map((table) => {
    const isExcluded = (excluded.includes(table) || open.includes(table)) && !pending.includes(table);
    return discoveredTable(table, !isExcluded, plan, loaded, workplace);
  });
}

function discoveredTable(
  table: string,
  selected: boolean,
  plan: Plan,
  loaded: readonly Row[],
  workplace: Workplace,
): DiscoveredTable {
  const row = loaded.find((candidate) => textOf(candidate, 'table_name') === table);
  const loads = plan.loads.filter(({ load }) => load.table === table);
  const pendingFiles = loads.reduce((sum, load) => sum + load.files, 0);
  const pendingBytes = loads.reduce((sum, load) => sum + load.bytes, 0);
  const columns = findTable(plan.finalState, table)?.columns ?? [];
  return {
    table,
    selected,
    key: keyColumnsOf(workplace.config.tables, table),
    columns: columns
      .filter((column) => !nameKey(column.name).startsWith(RESERVED_PREFIX))
      .map((column) => ({
        name: column.name,
        type: column.type === undefined ? column.nativeType : typeName(column.type),
      })),
    files: pendingFiles + (row === undefined ? 0 : Number(bigintOf(row, 'files'))),
    bytes: pendingBytes + (row === undefined ? 0 : Number(bigintOf(row, 'bytes'))),
    rows: row === undefined ? null : (optionalBigint(row, 'table_rows') ?? null),
    pending_loads: loads.length,
    pending_files: pendingFiles,
    pending_bytes: pendingBytes,
  };
}

function print(tables: readonly DiscoveredTable[], io: Io): void {
  if (tables.length === 0) {
    io.stdout('The source holds no dumps.\n');
    return;
  }
  const header = ['table', 'key', 'columns', 'files', 'bytes', 'rows', 'pending loads', 'pending bytes'];
  const rows = tables.map((table) => [
    table.selected ? table.table : `${table.table} (not selected)`,
    table.key.join(', '),
    String(table.columns.length),
    String(table.files),
    size(table.bytes),
    table.rows?.toLocaleString('en-US') ?? '-',
    String(table.pending_loads),
    size(table.pending_bytes),
  ]);
  io.stdout(textTable(header, rows, io.color.stdout));
  const c = colors(io.color.stdout);
  for (const table of tables.filter((each) => each.columns.length > 0)) {
    const columns = table.columns.map((column) => `${column.name} ${c.dim(column.type)}`).join(', ');
    io.stdout(`\n${c.bold(table.table)}: ${columns}\n`);
  }
}
