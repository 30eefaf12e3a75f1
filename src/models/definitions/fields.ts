import { foldTableName, nameKey } from '../../schema/identifiers.js';
import type { LogicalType } from '../../schema/logical-types.js';
import type { LoadedColumn, LoadedTable } from '../types.js';

/** Where a table has the value of a property. */
export interface Field {
  /** Later variants first: a property that changed its type is expected to keep the new one. Never empty. */
  readonly sources: readonly FieldSource[];
  readonly several: boolean;
}

export interface FieldSource {
  /** The column. */
  readonly staged: string;
  readonly from: LogicalType;
}

/** What the name of a variant column has behind that of the column beside it; see docs/semantics.md, "Types". */
const VARIANT = /^__(?:string|int64|float64|bool|bytes|date|timestamp|json|decimal(?:_[0-9]+_[0-9]+)?)$/;

/** The column a property stands in, and the variant columns beside it; undefined when the table has none. */
export function fieldOf(table: LoadedTable, property: string): Field | undefined {
  const base = columnNamed(table, property) ?? columnNamed(table, propertyColumn(property));
  if (base === undefined) return undefined;
  const key = nameKey(base.name);
  const isSource = (name: string): boolean =>
    name === key || (name.startsWith(key) && VARIANT.test(name.slice(key.length)));
  const sources = table.columns
    .filter((column) => isSource(nameKey(column.name)))
    .flatMap(({ name, type }) => (type === undefined ? [] : [{ staged: name, from: type }]))
    .reverse();
  return sources.length === 0 ? undefined : { sources, several: sources.length > 1 };
}

/** The column that a property of Heap's has in the warehouse: lower case, `[a-z0-9_]`, not starting with a digit. */
export function propertyColumn(property: string): string {
  return foldTableName(property).replace(/^(?=[0-9])/, '_');
}

function columnNamed(table: LoadedTable, name: string): LoadedColumn | undefined {
  return table.columns.find((column) => nameKey(column.name) === nameKey(name));
}
