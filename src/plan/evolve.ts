import { nameKey } from '../schema/identifiers.js';
import { typeName } from '../schema/logical-types.js';
import type { ColumnState, TableState, WarehouseState } from './state.js';
import type { FinalColumn, Publish, Step } from './steps.js';

/** The state a step leaves behind, so that the next load is planned against the columns this one adds. */
export function evolve(state: WarehouseState, step: Step): WarehouseState {
  switch (step.kind) {
    case 'create-candidate':
    case 'create-table':
      return withTable(state, {
        name: step.table.name,
        columns: step.table.columns.map(columnState),
        partitionedBy: step.table.timeColumn,
      });
    case 'add-column': {
      const table = state.tables.get(nameKey(step.table));
      if (table === undefined) throw new Error(`add-column before create-table: ${step.table}`);
      return withTable(state, { ...table, columns: [...table.columns, columnState(step.column)] });
    }
    case 'publish':
      return withPublished(state, step.publish);
    case 'create-schema':
      return { ...state, schemaExists: true };
    case 'create-ledger-table':
      return { ...state, ledgerTables: new Set([...state.ledgerTables, step.table]) };
    case 'seed-lease':
    case 'acquire-lease':
    case 'start-run':
    case 'record-dumps':
    case 'settle-loads':
    case 'drop-staging':
    case 'create-staging':
    case 'fill-candidate':
    case 'stage-files':
    case 'transfer':
    case 'finish-run':
    case 'release-lease':
      return state;
    default:
      return step satisfies never;
  }
}

function columnState(column: FinalColumn): ColumnState {
  return { ...column, nativeType: typeName(column.type) };
}

function withTable(state: WarehouseState, table: TableState): WarehouseState {
  return { ...state, tables: new Map([...state.tables, [nameKey(table.name), table]]) };
}

function withPublished(state: WarehouseState, publish: Publish): WarehouseState {
  const { table, dumpId, sourceTable } = publish.load;
  const columns = new Map(state.ledger.columns.get(table) ?? []);
  for (const column of publish.newColumns) columns.set(nameKey(column.name), column.origin);
  const known = state.ledger.tables.get(table);
  const newest = known?.newestLoaded;
  const sourceTables = new Set([...(known?.sourceTables ?? []), sourceTable]);
  const ledger = {
    ...state.ledger,
    columns: new Map([...state.ledger.columns, [table, columns]]),
    tables: new Map([
      ...state.ledger.tables,
      [
        table,
        {
          sourceTables: [...sourceTables],
          newestLoaded: newest !== undefined && newest > dumpId ? newest : dumpId,
        },
      ],
    ]),
  };
  return { ...state, ledger };
}
