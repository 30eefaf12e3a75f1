import { DUMP_ID_COLUMN, nameKey } from '../../schema/identifiers.js';
import type { LoadedTable, TestSpec } from '../types.js';
import { columnDescription } from './descriptions.js';
import { userIdSql } from './identity.js';
import { USER_ID, freeName } from './roles.js';
import type { Ground, ShippedModel } from './types.js';

/** The model that resolves a table; its relation has the table's own name. */
export function resolvedName(table: LoadedTable): string {
  return `${table.name}_resolved`;
}

/** What the column with the id as it was delivered is called. */
export function originalColumn(table: LoadedTable): string {
  return freeName('original_user_id', columnNames(table));
}

/** True where resolving can make one key of two. */
export function needsDedupe(table: LoadedTable, { identity, engine }: Ground): boolean {
  return (
    identity.merges !== undefined &&
    table.keys.some((key) => nameKey(key) === USER_ID) &&
    userIdSql(engine, table, identity) !== undefined
  );
}

/** Every column of a table's resolved relation, in order. */
export function resolvedColumns(table: LoadedTable, ground: Ground): readonly string[] {
  const hasUserId = userIdSql(ground.engine, table, ground.identity) !== undefined;
  return [
    ...columnNames(table),
    ...(hasUserId ? [originalColumn(table)] : []),
    ...ground.defined.columnsOf(table).map(({ name }) => name),
    DUMP_ID_COLUMN,
  ];
}

/** A loaded table with the person behind each row; users are in `users.ts`. */
export function resolvedTable(table: LoadedTable, ground: Ground): ShippedModel {
  const { inputs, identity, engine, defined } = ground;
  const userId = userIdSql(engine, table, identity);
  const again = needsDedupe(table, ground);
  const resolves = identity.merges !== undefined && userId !== undefined;
  const item = (name: string): object => ({
    name,
    isUserId: nameKey(name) === USER_ID && userId !== undefined,
    resolves,
    userId: userId ?? '',
  });
  const { resolvedSchema, shipped } = inputs.config.models;
  return {
    name: resolvedName(table),
    template: again ? 'resolved-again' : 'resolved',
    relation: { schema: resolvedSchema, name: table.name },
    context: {
      table: table.name,
      columns: columnNames(table).map(item),
      keys: table.keys.map(item),
      outputs: resolvedColumns(table, ground),
      hasUserId: userId !== undefined,
      userId: userId ?? '',
      resolves,
      originalName: originalColumn(table),
      defined: defined.columnsOf(table),
      byFile: inputs.config.source.layout === 'files',
    },
    config: { materialized: shipped.resolved.materialized ?? 'view', tags: ['shipped', 'resolved'] },
    properties: {
      description: `${table.name} with the person behind each row.`,
      columns: describedColumns(table, ground),
      tests: again ? keyTests(table.keys) : [],
    },
  };
}

/**
 * Where a key does not name the user, rows stay as they are, one for one; the tests of the loaded table then say all,
 * and testing its view as well would read everything twice.
 */
function keyTests(keys: readonly string[]): readonly TestSpec[] {
  return [{ kind: 'unique', columns: keys, severity: 'error' }];
}

export function describedColumns(table: LoadedTable, ground: Ground): ShippedModel['properties']['columns'] {
  const isDefined = new Set(ground.defined.columnsOf(table).map(({ name }) => name));
  const original = originalColumn(table);
  return resolvedColumns(table, ground).map((name) => ({
    name,
    description: describe(name, original, isDefined),
  }));
}

function describe(name: string, original: string, isDefined: ReadonlySet<string>): string {
  if (nameKey(name) === USER_ID) return 'The person: the id after all merges.';
  if (name === original) return 'The user id as it was delivered.';
  if (isDefined.has(name)) return 'A defined property, computed from its definition.';
  return columnDescription(name);
}

export function columnNames(table: LoadedTable): readonly string[] {
  return table.columns.map((column) => column.name);
}
