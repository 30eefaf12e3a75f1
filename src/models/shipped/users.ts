import { DUMP_ID_COLUMN, FILE_KEY_COLUMN, nameKey } from '../../schema/identifiers.js';
import type { LogicalType } from '../../schema/logical-types.js';
import type { LoadedTable } from '../types.js';
import { userIdSql } from './identity.js';
import { columnNames, describedColumns, originalColumn, resolvedName, resolvedTable } from './resolved.js';
import { USER_ID, columnOf, freeName } from './roles.js';
import type { Ground, ShippedModel } from './types.js';

const JOINED = 'joindate';
const MODIFIED = 'last_modified';

/** `users`, one row for each person. Without a `user_id` that can be resolved it is a table like any other. */
export function resolvedUsers(table: LoadedTable, ground: Ground): ShippedModel {
  const { inputs, identity, engine, defined } = ground;
  const userId = userIdSql(engine, table, identity);
  if (userId === undefined) return resolvedTable(table, ground);
  const { resolvedSchema, shipped } = inputs.config.models;
  const apart = table.keys.filter((key) => nameKey(key) !== USER_ID);
  const resolves = identity.merges !== undefined;
  const byFile = inputs.config.source.layout === 'files';
  const mergedName = freeName('merged_users', columnNames(table));
  return {
    name: resolvedName(table),
    template: 'users',
    relation: { schema: resolvedSchema, name: table.name },
    context: {
      table: table.name,
      columns: table.columns.map(({ name, type }) => ({
        name,
        isUserId: nameKey(name) === USER_ID,
        isEarliest: nameKey(name) === JOINED && isOrdered(type),
        isLatest: nameKey(name) === MODIFIED && isOrdered(type),
        apart,
      })),
      newest: newestFirst(table, byFile),
      apart,
      userId,
      resolves,
      byFile,
      originalName: originalColumn(table),
      mergedName,
      defined: defined.columnsOf(table),
    },
    config: { materialized: shipped.resolved.materialized ?? 'view', tags: ['shipped', 'resolved'] },
    properties: {
      description:
        'One row for each person: every user that was merged into one, with the newest of each property.',
      columns: [
        ...describedColumns(table, ground),
        { name: mergedName, description: 'How many rows of users became this one.' },
      ],
      tests: [
        { kind: 'unique', columns: [USER_ID, ...apart], severity: 'error' },
        ...(apart.length === 0 ? [{ kind: 'not_null', column: USER_ID, severity: 'error' } as const] : []),
      ],
    },
  };
}

/** What puts the rows of a person in order, all of it descending; the key makes it total. */
function newestFirst(table: LoadedTable, byFile: boolean): readonly string[] {
  const modified = columnOf(table, MODIFIED);
  return [
    ...(modified !== undefined && isOrdered(modified.type) ? [modified.name] : []),
    DUMP_ID_COLUMN,
    ...(byFile ? [FILE_KEY_COLUMN] : []),
    ...table.keys.map((key) => (nameKey(key) === USER_ID ? '_heapload_original' : key)),
  ];
}

function isOrdered(type: LogicalType | undefined): boolean {
  return type !== undefined && type.kind !== 'json' && type.kind !== 'bytes' && type.kind !== 'bool';
}
