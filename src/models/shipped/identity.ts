import type { Engine } from '../../render/engine.js';
import { nameKey } from '../../schema/identifiers.js';
import { INT64, type LogicalType, STRING } from '../../schema/logical-types.js';
import type { LoadedColumn, LoadedTable } from '../types.js';
import { type TableRoles, USER_ID, columnOf } from './roles.js';
import type { Ground, ShippedInputs, ShippedModel } from './types.js';
import { valueSql } from './values.js';

export const IDENTITY_MAP = 'identity_map';
const FROM = 'from_user_id';
const TO = 'to_user_id';

/** How ids of users become ids of persons. */
export interface Identity {
  /** Of every id: a 64-bit integer, or text as soon as one column has text. */
  readonly type: LogicalType;
  /** Undefined: ids stay as they are, because there are no merges to follow or because that is switched off. */
  readonly merges: { readonly table: LoadedTable; readonly from: string; readonly to: string } | undefined;
  /** Tables whose `user_id` is of a type that no id has. */
  readonly unresolved: readonly string[];
}

export function identityOf(
  { config, tables }: ShippedInputs,
  { migrations }: TableRoles,
  engine: Engine,
): Identity {
  const from = migrations === undefined ? undefined : columnOf(migrations, FROM);
  const to = migrations === undefined ? undefined : columnOf(migrations, TO);
  const userIds = tables.flatMap((table) => columnOf(table, USER_ID) ?? []);
  const ids = [from, to, ...userIds].filter((column) => column !== undefined);
  const type = ids.some((column) => column.type?.kind === 'string') ? STRING : INT64;
  const sql = (column: LoadedColumn | undefined): string | undefined =>
    column !== undefined && isId(column) ? idSql(engine, column, type) : undefined;
  const [fromSql, toSql] = [sql(from), sql(to)];
  const isOn = config.models.shipped.identityMap.enabled;
  return {
    type,
    merges:
      isOn && migrations !== undefined && fromSql !== undefined && toSql !== undefined
        ? { table: migrations, from: fromSql, to: toSql }
        : undefined,
    unresolved: tables.filter((table) => hasForeignId(table)).map((table) => table.name),
  };
}

/** The `user_id` of a row of `_heapload_staged`, as every id is written; undefined: the table has none. */
export function userIdSql(engine: Engine, table: LoadedTable, { type }: Identity): string | undefined {
  const column = columnOf(table, USER_ID);
  return column !== undefined && isId(column) ? idSql(engine, column, type) : undefined;
}

function idSql(engine: Engine, column: LoadedColumn, to: LogicalType): string | undefined {
  return column.type === undefined ? undefined : valueSql(engine, column.name, column.type, to);
}

function isId({ type }: LoadedColumn): boolean {
  return type?.kind === 'int64' || type?.kind === 'string';
}

function hasForeignId(table: LoadedTable): boolean {
  const column = columnOf(table, USER_ID);
  return column !== undefined && !isId(column);
}

/** `identity_map`: the person behind each id that was merged into another. */
export function identityMap({ inputs, identity }: Ground, name: string): readonly ShippedModel[] {
  const { merges } = identity;
  if (merges === undefined) return [];
  const [key, ...more] = merges.table.keys.map(nameKey);
  const { shipped, resolvedSchema } = inputs.config.models;
  return [
    {
      name: IDENTITY_MAP,
      template: 'identity-map',
      relation: { schema: resolvedSchema, name },
      context: {
        migrations: merges.table.name,
        from: merges.from,
        to: merges.to,
        several: key !== FROM || more.length > 0,
      },
      config: { materialized: shipped.identityMap.materialized ?? 'table', tags: ['shipped'] },
      properties: IDENTITY_PROPERTIES,
    },
  ];
}

const IDENTITY_PROPERTIES: ShippedModel['properties'] = {
  description:
    'The person behind each user id that was merged into another, over all steps. An id that is not here is a person already.',
  columns: [
    { name: 'original_user_id', description: 'An id that was merged.' },
    { name: 'user_id', description: 'The person it belongs to now.' },
    { name: 'hops', description: 'How many merges lie between the two.' },
    {
      name: 'circular',
      description:
        'True where the merges go round in a circle, so that the smallest id in it stands for all.',
    },
  ],
  tests: [
    { kind: 'unique', columns: ['original_user_id'], severity: 'error' },
    { kind: 'not_null', column: 'user_id', severity: 'error' },
    { kind: 'accepted_values', column: 'circular', values: [false], severity: 'warn' },
  ],
};
