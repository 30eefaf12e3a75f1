import { HeaploadError } from '../errors.js';
import { nameKey } from '../schema/identifiers.js';
import { typeName } from '../schema/logical-types.js';
import type { Capabilities } from '../warehouse/contract.js';
import type { ColumnDefinition } from './steps.js';

interface Clustered {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  readonly keys: readonly string[];
}

/** The columns a new table is clustered by, in order. Throws `CONFIG_INVALID` when it cannot be by those asked for. */
export function clusterColumns(
  { clustering }: Pick<Capabilities, 'clustering'>,
  table: Clustered,
): readonly string[] {
  if (clustering === undefined) return [];
  if (clustering.by === 'request') return requested(clustering, table);
  const keys = new Set(table.keys.map(nameKey));
  return table.columns
    .filter(({ name, type }) => keys.has(nameKey(name)) && !clustering.never.includes(type.kind))
    .map(({ name }) => name)
    .slice(0, clustering.most);
}

type Requested = Extract<Capabilities['clustering'], { readonly by: 'request' }>;

function requested({ tables, never }: Requested, { name: table, columns }: Clustered): readonly string[] {
  const wanted = Object.hasOwn(tables, table) ? (tables[table] ?? []) : [];
  return wanted.map((name) => {
    const column = columns.find((each) => nameKey(each.name) === nameKey(name));
    if (column !== undefined && !never.includes(column.type.kind)) return column.name;
    const why =
      column === undefined
        ? 'a column the table does not have'
        : `a column of ${typeName(column.type)}, by which none can be clustered`;
    const able = columns.filter(({ type }) => !never.includes(type.kind)).map((each) => each.name);
    throw new HeaploadError('CONFIG_INVALID', `warehouse.cluster_by.${table} names ${name}, ${why}.`, {
      hint: `A table is clustered when it is made, so it is not made yet. Its columns are ${able.join(', ')}.`,
    });
  });
}

/** Throws `TABLE_UNKNOWN` when clustering is asked for a table that is not among those known by their final names. */
export function checkClusteredTables(
  { clustering }: Pick<Capabilities, 'clustering'>,
  known: ReadonlySet<string>,
): void {
  const asked = clustering?.by === 'request' ? Object.keys(clustering.tables) : [];
  const unknown = asked.find((table) => !known.has(table));
  if (unknown === undefined) return;
  const message = `warehouse.cluster_by names table ${unknown}, which is neither in the dumps nor in the ledger.`;
  throw new HeaploadError('TABLE_UNKNOWN', message, {
    hint: `A table is clustered when it is made, so none is made yet. Known tables: ${[...known].sort().join(', ') || 'none'}.`,
  });
}
