import { STRING, TIMESTAMP, sameType } from '../../schema/logical-types.js';
import { DUMP_ID_COLUMN } from '../../schema/identifiers.js';
import type { LoadedTable } from '../types.js';
import { userIdSql } from './identity.js';
import { describedColumns, resolvedColumns, resolvedName } from './resolved.js';
import { EVENT_ID, USER_ID, columnOf, freeName } from './roles.js';
import type { Ground, ShippedModel } from './types.js';
import { columnAs, commonType } from './values.js';

export const SESSIONS = 'sessions_enriched';
const SESSION_ID = 'session_id';
const TIME = 'time';
const PATH = 'path';
const UTM: readonly string[] = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'];

/** What the model adds: names wanted, what they mean. */
const ADDED = {
  start: [
    'session_start',
    'When the session began: its own time or that of its first event, whichever is earlier.',
  ],
  end: ['session_end', 'When its last event was.'],
  duration: ['session_duration_seconds', 'Seconds from start to end.'],
  events: ['session_events', 'How many events it has, each counted once.'],
  pageviews: ['session_pageviews', 'How many of them are pageviews.'],
  landing: ['session_landing_path', 'Path of the first pageview.'],
  exit: ['session_exit_path', 'Path of the last pageview.'],
} as const satisfies Record<string, readonly [name: string, description: string]>;

type Added = Readonly<Record<keyof typeof ADDED, string>>;

/** `sessions_enriched`: resolved sessions, and what happened in each. */
export function enrichedSessions(ground: Ground, relationName: string): readonly ShippedModel[] {
  const { inputs, roles } = ground;
  const { shipped, resolvedSchema } = inputs.config.models;
  const { sessions } = roles;
  const withSession = roles.events.filter((table) => columnOf(table, SESSION_ID) !== undefined);
  if (!shipped.sessions.enabled || !shipped.resolved.enabled || sessions === undefined) return [];
  if (columnOf(sessions, SESSION_ID) === undefined || withSession.length === 0) return [];
  const own = resolvedColumns(sessions, ground).filter((name) => name !== DUMP_ID_COLUMN);
  const names = Object.fromEntries(
    Object.entries(ADDED).map(([key, [name]]) => [key, freeName(name, own)]),
  ) as Added;
  const context = { ...sessionsContext(sessions, withSession, own, ground), names };
  return [
    {
      name: SESSIONS,
      template: 'sessions',
      relation: { schema: resolvedSchema, name: relationName },
      context,
      config: { materialized: shipped.sessions.materialized ?? 'view', tags: ['shipped'] },
      properties: {
        description:
          'One row for each session: when it was, what happened in it, and where the person came from.',
        columns: [...describedColumns(sessions, ground), ...addedDescriptions(names, context)],
        tests: [{ kind: 'unique', columns: sessions.keys, severity: 'error' }],
      },
    },
  ];
}

interface SessionsContext {
  readonly hasPages: boolean;
  readonly hasDuration: boolean;
  readonly touches: readonly {
    readonly property: string;
    readonly firstAs: string;
    readonly lastAs: string;
  }[];
  readonly [name: string]: unknown;
}

function sessionsContext(
  sessions: LoadedTable,
  events: readonly LoadedTable[],
  own: readonly string[],
  ground: Ground,
): SessionsContext {
  const { engine, roles, identity } = ground;
  const all = [sessions, ...events];
  const types = {
    session: commonType(all, SESSION_ID) ?? STRING,
    event: commonType(events, EVENT_ID) ?? STRING,
    time: commonType(all, TIME) ?? TIMESTAMP,
  };
  const values = (table: LoadedTable) => ({
    table: table.name,
    session: columnAs(engine, table, SESSION_ID, types.session),
    event: columnAs(engine, table, EVENT_ID, types.event),
    time: columnAs(engine, table, TIME, types.time),
  });
  const { pageviews } = roles;
  const path = pageviews === undefined ? undefined : columnOf(pageviews, PATH);
  const hasPages = pageviews !== undefined && path !== undefined && events.includes(pageviews);
  // Sessions of nobody known are each on their own.
  const userId = columnOf(sessions, USER_ID)?.name ?? USER_ID;
  const visitor = {
    hasUserId: userIdSql(engine, sessions, identity) !== undefined,
    userId,
    keys: sessions.keys.map((key) => ({ key, userId })),
  };
  return {
    sessions: resolvedName(sessions),
    session: columnAs(engine, sessions, SESSION_ID, types.session),
    time: columnAs(engine, sessions, TIME, types.time),
    events: events.map(values),
    hasPages,
    pages: hasPages ? { ...values(pageviews), path: columnAs(engine, pageviews, PATH, STRING) } : undefined,
    hasDuration: sameType(types.time, TIMESTAMP),
    columns: own,
    ...visitor,
    touches: UTM.flatMap((property) => {
      const column = columnOf(sessions, property);
      if (column === undefined) return [];
      const [firstAs, lastAs] = [`first_touch_${property}`, `last_touch_${property}`];
      return [
        { ...visitor, property: column.name, firstAs: freeName(firstAs, own), lastAs: freeName(lastAs, own) },
      ];
    }),
  };
}

function addedDescriptions(
  names: Added,
  { hasPages, hasDuration, touches }: SessionsContext,
): ShippedModel['properties']['columns'] {
  const isThere = (key: string): boolean =>
    key === 'duration' ? hasDuration : !['pageviews', 'landing', 'exit'].includes(key) || hasPages;
  const added = (Object.keys(ADDED) as (keyof typeof ADDED)[])
    .filter(isThere)
    .map((key) => ({ name: names[key], description: ADDED[key][1] }));
  const touched = touches.flatMap(({ property, firstAs, lastAs }) => [
    {
      name: firstAs,
      description: `${property} of the first session of the person that had any utm parameter.`,
    },
    { name: lastAs, description: `${property} of the latest such session up to this one.` },
  ]);
  return [...added, ...touched];
}
