import { type Catalog, type ExistingRelation, type NativeColumn, relationKey } from '../models/catalog.js';
import { renderObservation } from '../render/observation.js';
import { nameKey } from '../schema/identifiers.js';
import type { Dialect, Row, Session } from '../warehouse/contract.js';
import { textOf } from './rows.js';

/** What stands in the schemas that models are built in. */
export async function observeCatalog(
  session: Session,
  dialect: Dialect,
  schemas: readonly string[],
): Promise<Catalog> {
  const found = new Map<string, ExistingRelation>();
  const present = new Set<string>();
  for (const schema of new Map(schemas.map((name) => [nameKey(name), name])).values()) {
    const queries = renderObservation(dialect, schema);
    if ((await session.query(queries.schemas)).length === 0) continue;
    present.add(nameKey(schema));
    const columns = columnsByTable(await session.query(queries.columns));
    for (const row of await session.query(queries.relations)) {
      const relation = { schema, name: textOf(row, 'table_name') };
      const kind = textOf(row, 'table_type').toUpperCase().includes('VIEW') ? 'view' : 'table';
      const own = columns.get(nameKey(relation.name)) ?? [];
      found.set(relationKey(relation), { relation, kind, columns: own });
    }
  }
  return { schemas: present, relations: found };
}

function columnsByTable(rows: readonly Row[]): ReadonlyMap<string, readonly NativeColumn[]> {
  const byTable = new Map<string, NativeColumn[]>();
  for (const row of rows) {
    const key = nameKey(textOf(row, 'table_name'));
    const columns = byTable.get(key) ?? [];
    columns.push(nativeColumn(row));
    byTable.set(key, columns);
  }
  return byTable;
}

/** The columns of one table, from a query that gives those of its whole schema. */
export async function observeColumns(
  session: Session,
  query: string,
  table: string,
): Promise<readonly NativeColumn[]> {
  const rows = await session.query(query);
  return rows.filter((row) => nameKey(textOf(row, 'table_name')) === nameKey(table)).map(nativeColumn);
}

function nativeColumn(row: Row): NativeColumn {
  return { name: textOf(row, 'column_name'), nativeType: textOf(row, 'data_type') };
}
