import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderObservation } from '../../src/render/observation.js';
import { run } from '../../src/run/run.js';
import { openStore } from '../../src/source/open-store.js';
import type { Row } from '../../src/warehouse/contract.js';
import type { AvroRecordSchema, DumpSpec, TableSpec } from '../support/dump-writer.js';
import { type RawTables, resolve } from '../support/shipped/people.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

const SEED = Number(process.env['HEAPLOAD_PROPERTY_SEED'] ?? 20261124);
const RUNS = Number(process.env['HEAPLOAD_PROPERTY_RUNS'] ?? 12);

/** `click` has the user in its key, so that rows of two ids can become one. */
const OVERRIDES = { tables: { keys: { click: ['user_id', 'event_id'] } }, models: {} };

describe('the resolved schema', () => {
  it('has each person and each event exactly once, after every one of a series of dumps', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(dumpTables(), { minLength: 1, maxLength: 4 }), async (dumps) => {
        const world = await World.create(duckdbTarget, OVERRIDES);
        try {
          for (const [index, tables] of dumps.entries()) {
            await world.write(dumpOf(BigInt(index + 1), tables, index === 0));
            await load(world);
            await check(world);
          }
        } finally {
          await world.dispose();
        }
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 240_000 },
    );
  }, 300_000);
});

async function load(world: World): Promise<void> {
  const { config, dialect } = world;
  await world.using(async (session) => {
    const result = await run({
      config,
      dialect,
      session,
      store: await openStore(config.source),
      queries: renderObservation(dialect, config.warehouse.schema),
      scope: { tables: undefined, toDump: undefined },
      signal: new AbortController().signal,
      runId: randomUUID(),
      holder: 'test',
      emit: () => undefined,
      connectForModels: () => world.connect(),
    });
    const failed =
      result.error ?? result.failures[0]?.error ?? result.nodes.find((node) => node.error)?.error;
    if (failed !== undefined) throw failed;
  });
}

async function check(world: World): Promise<void> {
  await world.using(async (session) => {
    const all = async (schema: string, name: string): Promise<readonly Row[]> =>
      await session.query(`SELECT * FROM ${schema}."${name}"`);
    const raw: RawTables = {
      users: await all('heap', 'users'),
      migrations: await all('heap', 'user_migrations'),
      pageviews: await all('heap', 'pageviews'),
      click: await all('heap', 'click'),
      sessions: await all('heap', 'sessions'),
    };
    const expected = resolve(raw);
    for (const [name, rows] of Object.entries(expected)) {
      const found = await all('heap_resolved', name);
      expect({ name, rows: found.map(shown).sort() }).toEqual({ name, rows: rows.map(shown).sort() });
    }
    const users = await all('heap_resolved', 'users');
    expect(new Set(users.map((row) => row['user_id'])).size).toBe(users.length);
    expect(users.reduce((sum, row) => sum + (row['merged_users'] as bigint), 0n)).toBe(
      BigInt(raw.users.length),
    );
    const events = await all('heap_resolved', 'all_events');
    const ofViews = events.filter((row) => row['event_table_name'] === 'pageviews');
    expect(ofViews.map((row) => row['event_id']).sort()).toEqual(
      raw.pageviews.map((row) => row['event_id']).sort(),
    );
  });
}

/** A row as text, its columns by name. */
function shown(row: Row): string {
  const cells = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
  return cells.map(([name, value]) => `${name}=${value === null ? 'NULL' : String(value)}`).join(' ');
}

type Cells = Readonly<Record<string, string | number | null>>;
interface GeneratedTables {
  readonly users: { readonly full: boolean; readonly rows: readonly Cells[] };
  readonly migrations: readonly Cells[];
  readonly pageviews: readonly Cells[];
  readonly click: readonly Cells[];
  readonly sessions: readonly Cells[];
}

const schema = (fields: Readonly<Record<string, string>>): AvroRecordSchema => ({
  type: 'record',
  name: 'topLevelRecord',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] })),
});
const EVENT = { event_id: 'long', user_id: 'long', session_id: 'long', time: 'string' };
const SCHEMAS = {
  users: schema({
    user_id: 'long',
    email: 'string',
    plan: 'string',
    joindate: 'string',
    last_modified: 'string',
  }),
  user_migrations: schema({ from_user_id: 'long', to_user_id: 'long', time: 'long' }),
  pageviews: schema({ ...EVENT, path: 'string' }),
  click: schema({ ...EVENT, label: 'string' }),
  sessions: schema({ ...EVENT, utm_source: 'string', utm_medium: 'string' }),
};

function dumpOf(dumpId: bigint, tables: GeneratedTables, isFirst: boolean): DumpSpec {
  const one = (name: keyof typeof SCHEMAS, incremental: boolean, rows: readonly Cells[]): TableSpec => ({
    name,
    incremental: incremental && !isFirst,
    files: [{ schema: SCHEMAS[name], rows }],
  });
  return {
    dumpId,
    tables: [
      one('users', !tables.users.full, tables.users.rows),
      // The whole map with every dump; it may have become smaller.
      one('user_migrations', false, tables.migrations),
      one('pageviews', true, tables.pageviews),
      one('click', true, tables.click),
      one('sessions', true, tables.sessions),
    ],
  };
}

function dumpTables(): fc.Arbitrary<GeneratedTables> {
  const id = fc.integer({ min: 1, max: 8 });
  const time = fc.option(
    fc.integer({ min: 0, max: 5 }).map((minute) => `2026-01-01 00:0${minute}:00`),
    { freq: 6 },
  );
  const text = (...values: readonly string[]) => fc.option(fc.constantFrom(...values), { freq: 2 });
  const events = (fields: Readonly<Record<string, fc.Arbitrary<string | null>>>, key: 'any' | 'user') =>
    fc.array(
      fc.record({
        event_id: fc.integer({ min: 1, max: 12 }),
        user_id: key === 'user' ? id : fc.option(id, { freq: 5 }),
        session_id: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 6 }),
        time,
        ...fields,
      }),
      { maxLength: 8 },
    );
  return fc.record({
    users: fc.record({
      full: fc.boolean(),
      rows: fc.array(
        fc.record({
          user_id: id,
          email: text('a@x', 'b@x'),
          plan: text('free', 'pro'),
          joindate: time,
          last_modified: time,
        }),
        { maxLength: 8 },
      ),
    }),
    migrations: fc.array(
      fc.record({ from_user_id: id, to_user_id: fc.option(id, { freq: 8 }), time: fc.constant(0) }),
      { maxLength: 7 },
    ),
    pageviews: events({ path: text('/', '/a') }, 'any'),
    click: events({ label: text('x', 'y') }, 'user'),
    sessions: events({ utm_source: text('g', 'h'), utm_medium: text('cpc') }, 'any'),
  });
}
