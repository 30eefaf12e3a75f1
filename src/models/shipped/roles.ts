import { foldTableName, nameKey } from '../../schema/identifiers.js';
import type { LoadedColumn, LoadedTable } from '../types.js';

/** What the loaded tables are to Heap, whatever they are called in the warehouse. */
export interface TableRoles {
  readonly users: LoadedTable | undefined;
  readonly migrations: LoadedTable | undefined;
  readonly sessions: LoadedTable | undefined;
  readonly pageviews: LoadedTable | undefined;
  /** Tables with one row for each event, pageviews among them, sessions not; sorted by name. */
  readonly events: readonly LoadedTable[];
}

/** Column that every event table has. */
export const EVENT_ID = 'event_id';
export const USER_ID = 'user_id';

export function rolesOf(tables: readonly LoadedTable[]): TableRoles {
  const named = (name: string): LoadedTable | undefined => tables.find((table) => isFrom(table, name));
  const users = named('users');
  const migrations = named('user_migrations');
  const sessions = named('sessions');
  const special = [users, migrations, sessions];
  return {
    users,
    migrations,
    sessions,
    pageviews: named('pageviews'),
    events: tables.filter(
      (table) => !special.includes(table) && columnOf(table, EVENT_ID)?.type !== undefined,
    ),
  };
}

/** A renamed table is still known by its name in the source. */
function isFrom(table: LoadedTable, name: string): boolean {
  const names = table.sourceTables.length === 0 ? [table.name] : table.sourceTables;
  return names.some((source) => foldTableName(source) === name);
}

/** A column by its name, compared without case. */
export function columnOf(table: LoadedTable, name: string): LoadedColumn | undefined {
  return table.columns.find((column) => nameKey(column.name) === nameKey(name));
}

/** `wanted`, with as many `_` in front as it takes to be none of `taken`. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const keys = new Set([...taken].map(nameKey));
  let name = wanted;
  while (keys.has(nameKey(name))) name = `_${name}`;
  return name;
}
