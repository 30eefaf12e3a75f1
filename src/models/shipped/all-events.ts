import { type LogicalType, STRING } from '../../schema/logical-types.js';
import { nameKey } from '../../schema/identifiers.js';
import type { LoadedTable } from '../types.js';
import { columnDescription } from './descriptions.js';
import { userIdSql } from './identity.js';
import { needsDedupe, originalColumn, resolvedName } from './resolved.js';
import { EVENT_ID, USER_ID, columnOf, freeName } from './roles.js';
import type { Ground, ShippedModel } from './types.js';
import { columnAs, commonType, nullSql } from './values.js';

export const ALL_EVENTS = 'all_events';
const TABLE_NAME = 'event_table_name';

/** There in any case, NULL for a table that lacks one. */
const ALWAYS: readonly string[] = [EVENT_ID, USER_ID, 'session_id', 'time'];

interface SharedColumn {
  readonly name: string;
  readonly type: LogicalType;
}

/** `all_events`: every row of every event table. */
export function allEvents(ground: Ground, relationName: string): readonly ShippedModel[] {
  const { inputs, roles, identity } = ground;
  const { resolvedSchema, shipped } = inputs.config.models;
  if (!shipped.allEvents.enabled || roles.events.length === 0) return [];
  const columns = sharedColumns(ground);
  const resolves = identity.merges !== undefined;
  const names = columns.map(({ name }) => name);
  const originalName = freeName('original_user_id', names);
  return [
    {
      name: ALL_EVENTS,
      template: 'all-events',
      relation: { schema: resolvedSchema, name: relationName },
      context: {
        columns: names.map((name) => ({ name, isUserId: nameKey(name) === USER_ID, resolves })),
        events: roles.events.map((table) => branch(table, columns, ground)),
        originalName,
        resolves,
      },
      config: { materialized: shipped.allEvents.materialized ?? 'view', tags: ['shipped'] },
      properties: {
        description:
          'Every event of every event table; an event that stands in several tables has a row for each.',
        columns: [
          { name: TABLE_NAME, description: 'The event table the row is from.' },
          ...names.map((name) => ({ name, description: columnDescription(name) })),
          { name: originalName, description: 'The user id as it was delivered.' },
        ],
        tests: [{ kind: 'not_null', column: TABLE_NAME, severity: 'error' }],
      },
    },
  ];
}

/** The columns every event table has, in the order of the first; then those configured. */
function sharedColumns(ground: Ground): readonly SharedColumn[] {
  const { roles, inputs, identity } = ground;
  const [first] = roles.events;
  const inAll = (first?.columns ?? [])
    .map(({ name }) => name)
    .filter((name) => roles.events.every((table) => columnOf(table, name) !== undefined));
  const wanted = [...ALWAYS, ...inAll, ...inputs.config.models.shipped.allEvents.columns];
  const names = wanted.filter(
    (name, index) =>
      nameKey(name) !== TABLE_NAME && wanted.findIndex((other) => nameKey(other) === nameKey(name)) === index,
  );
  return names.flatMap((name) => {
    if (nameKey(name) === USER_ID) return [{ name, type: identity.type }];
    const isDefined = roles.events.some((table) => definedIn(table, name, ground) !== undefined);
    const type = isDefined ? STRING : commonType(roles.events, name);
    return type === undefined ? [] : [{ name, type }];
  });
}

function branch(table: LoadedTable, columns: readonly SharedColumn[], ground: Ground): object {
  const { engine, identity } = ground;
  const again = needsDedupe(table, ground) && ground.inputs.config.models.shipped.resolved.enabled;
  const userId = userIdSql(engine, table, identity) ?? nullSql(engine, identity.type);
  // What was resolved already has its ids in the common type.
  const resolved = (column: string): string =>
    engine.render('convert/keep', { staged: column, from: identity.type }).sql;
  const user = again ? resolved(columnOf(table, USER_ID)?.name ?? USER_ID) : userId;
  return {
    table: table.name,
    model: resolvedName(table),
    again,
    original: again ? resolved(originalColumn(table)) : userId,
    values: columns.map(({ name, type }) => {
      if (nameKey(name) === USER_ID) return { name, isDefined: false, value: user };
      const defined = again ? undefined : definedIn(table, name, ground);
      if (defined !== undefined) return { ...defined, name, isDefined: true };
      const isReady = again && definedIn(table, name, ground) !== undefined;
      const value = isReady ? resolved(name) : columnAs(engine, table, name, type);
      return { name, isDefined: false, value };
    }),
  };
}

function definedIn(table: LoadedTable, name: string, { defined }: Ground) {
  return defined.columnsOf(table).find((column) => nameKey(column.name) === nameKey(name));
}
