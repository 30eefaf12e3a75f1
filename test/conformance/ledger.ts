import type { LogicalType } from '../../src/schema/logical-types.js';
import { typeName } from '../../src/schema/logical-types.js';
import { nameKey } from '../../src/schema/identifiers.js';
import type { Row } from '../../src/warehouse/contract.js';
import type { World } from '../support/world.js';

/** What the ledger and the catalog say, in forms that are easy to compare. */

/** Every load as `<load id> <status>`, by ascending dump. */
export async function statuses(world: World): Promise<readonly string[]> {
  const rows = await world.rows('_heapload_loads', 'dump_id', 'load_id');
  return rows.map((row) => `${String(row['load_id'])} ${String(row['status'])}`);
}

/** The counts of a load: `read 3: inserted 1, updated 1, unchanged 0, filtered 0, rejected 1, values 0`. */
export async function countsOf(world: World, loadId: string): Promise<string> {
  const rows = await world.rows('_heapload_loads', 'dump_id');
  const row = rows.find((each) => each['load_id'] === loadId);
  if (row === undefined) throw new Error(`the ledger has no load ${loadId}`);
  const count = (name: string): string => String(row[name]);
  const parts = ['inserted', 'updated', 'unchanged', 'filtered', 'rejected'].map(
    (name) => `${name} ${count(`rows_${name}`)}`,
  );
  return `read ${count('rows_read')}: ${parts.join(', ')}, values ${count('values_rejected')}`;
}

/** Rows of the rejects, less the load, in the order of file and row. */
export async function rejects(world: World): Promise<readonly Row[]> {
  const rows = await world.rows('_heapload_rejects', 'dump_id', 'file_key', 'row_index', 'column_name');
  return rows.map(({ dump_id, table_name, row_index, kind, column_name, reason, raw_value }) => ({
    dump_id,
    table_name,
    row_index,
    kind,
    column_name,
    reason,
    raw_value,
  })) as readonly Row[];
}

/** The files the ledger knows, as `<key> <status>`, in load order. */
export async function files(world: World): Promise<readonly string[]> {
  const rows = await world.rows('_heapload_files', 'dump_id', 'table_name', 'file_index');
  return rows.map((row) => `${String(row['file_key'])} ${String(row['status'])}`);
}

/** Columns of a table in its order, less heapload's own, as `<name> <type>`; undefined when there is no table. */
export async function columnsOf(world: World, table: string): Promise<readonly string[] | undefined> {
  const { tables } = await world.state();
  return tables
    .get(nameKey(table))
    ?.columns.filter((column) => !/^_heapload_/i.test(column.name))
    .map((column) => `${shownName(world, column.name)} ${shownType(column.type)}`);
}

function shownName(world: World, name: string): string {
  return world.dialect.capabilities.storedCase === 'upper' ? name.toLowerCase() : name;
}

function shownType(type: LogicalType | undefined): string {
  return type === undefined ? 'foreign' : typeName(type);
}

/** Tables of the schema that are nobody's ledger; staging tables among them. */
export async function tableNames(world: World): Promise<readonly string[]> {
  const { tables } = await world.state();
  return [...tables.keys()].sort();
}

/** Whether exactly one row of a table has this text in this column; compared by the warehouse, byte for byte. */
export async function holdsText(world: World, table: string, column: string, text: string): Promise<boolean> {
  const { dialect } = world;
  const name = dialect.quoteIdentifier(column);
  const rows = await world.query(
    `SELECT ${name} FROM ${world.table(table)} WHERE ${name} = ${dialect.literal(text)}`,
  );
  return rows.length === 1;
}

const COUNTED = ['rows_inserted', 'rows_updated', 'rows_unchanged', 'rows_filtered', 'rows_rejected'];

/** Point 11 for every load of the ledger: those that do not add up. */
export async function unreconciled(world: World): Promise<readonly string[]> {
  const { ledgerTables } = await world.state();
  if (!ledgerTables.has('loads')) return [];
  const loads = await world.rows('_heapload_loads', 'dump_id');
  return loads
    .filter((load) => load['status'] === 'loaded')
    .filter((load) => {
      const sum = COUNTED.map((name) => BigInt(String(load[name]))).reduce((a, b) => a + b);
      return load['rows_read'] !== load['rows_staged'] || load['rows_staged'] !== sum;
    })
    .map((load) => `${String(load['load_id'])} does not add up`);
}
