import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type AvroRecordSchema } from '../../scripts/support/avro-writer.js';
import { writeDump } from '../../scripts/support/dump-writer.js';
import { openRun } from './open-run.js';
import { run } from '../../src/run/run.js';

/** What the models of a bench are built over. */
export interface BenchWorld {
  readonly database: string;
  /** `integration.yml` of a run that follows merges, and of one that does not. */
  readonly followed: string;
  readonly notFollowed: string;
}

const TEXTS = ['library', 'platform', 'country', 'path', 'title', 'utm_source', 'utm_medium'];
const EVENT = { event_id: 'long', user_id: 'long', session_id: 'long', time: 'string' };
const texts = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, 'string']));

const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pageviews: { ...EVENT, ...texts(TEXTS) },
  click: { ...EVENT, ...texts(TEXTS), label: 'string' },
  sessions: { ...EVENT, ...texts(['library', 'utm_source', 'utm_medium']) },
  users: { user_id: 'long', email: 'string', plan: 'string', joindate: 'string', last_modified: 'string' },
  user_migrations: { from_user_id: 'long', to_user_id: 'long', time: 'long' },
};

/** A database whose tables heapload has made, filled with rows of the bench's own: the loading is not measured here. */
export async function makeWorld(folder: string, events: number): Promise<BenchWorld> {
  const dumps = path.join(folder, 'dumps');
  mkdirSync(dumps);
  await writeDump(dumps, {
    dumpId: 1n,
    tables: Object.entries(TABLES).map(([name, fields]) => ({
      name,
      incremental: false,
      files: [{ schema: record(fields), rows: [] }],
    })),
  });
  const database = path.join(folder, 'bench.duckdb');
  const configuration = (name: string, merges: boolean): string => {
    const file = path.join(folder, `${name}.yml`);
    const table = { materialized: 'table' };
    const shipped = {
      identity_map: { enabled: merges },
      ...{ resolved: table, all_events: table, sessions: table, defined_properties: { enabled: false } },
    };
    const warehouse = { type: 'duckdb', path: database, schema: 'heap', memory_limit: '1GB', threads: 2 };
    const source = { type: 'directory', path: dumps };
    // One model at a time, so that each has a time of its own.
    writeFileSync(file, JSON.stringify({ source, warehouse, models: { shipped, threads: 1 } }));
    return file;
  };
  const world = {
    database,
    followed: configuration('followed', true),
    notFollowed: configuration('not-followed', false),
  };
  await load(world.followed);
  await fill(database, events);
  return world;
}

function record(fields: Readonly<Record<string, string>>): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

async function load(configuration: string): Promise<void> {
  const { session, ...context } = await openRun(configuration);
  const result = await run({
    ...context,
    session,
    runId: randomUUID(),
    holder: 'bench',
    emit: () => undefined,
  });
  await session.close();
  if (result.status !== 'done') throw result.error ?? result.failures[0]?.error ?? new Error(result.status);
}

/**
 * A session has eight events, five of which are pageviews. There is an id for every seven events; two of three were
 * merged, in chains of three, and 300 of them in one.
 */
async function fill(database: string, events: number): Promise<void> {
  const instance = await DuckDBInstance.create(database, { memory_limit: '1GB', threads: '2' });
  const connection = await instance.connect();
  const ids = Math.max(600, Math.round((events * 3) / 20));
  await connection.run('CREATE MACRO id_of(n) AS CAST(hash(n) >> 11 AS BIGINT)');
  await connection.run(
    `CREATE MACRO moment(n) AS TIMESTAMP '2026-01-01' + to_microseconds(CAST(n AS BIGINT) * 1000003 % 7776000000000)`,
  );
  const event = `n AS event_id, id_of(1 + hash(n // 8, 1) % ${ids}) AS user_id, n // 8 AS session_id, moment(n) AS "time"`;
  const text = (name: string, count: number): string =>
    `'${name} ' || hash(n, '${name}') % ${count} AS "${name}"`;
  const utm = (of: string): string =>
    ['utm_source', 'utm_medium']
      .map(
        (name) =>
          `CASE WHEN hash(${of}, 2) % 4 = 0 THEN '${name} ' || hash(${of}, '${name}') % 9 END AS "${name}"`,
      )
      .join(', ');
  const shared = [
    text('library', 3),
    text('platform', 9),
    text('country', 90),
    text('path', 900),
    text('title', 900),
  ];
  const range = (count: number): string => `range(${count}) AS r(n)`;
  await insert(
    connection,
    'pageviews',
    `SELECT ${event}, ${shared.join(', ')}, ${utm('n // 8')} FROM ${range(events)} WHERE n % 8 < 5`,
  );
  await insert(
    connection,
    'click',
    `SELECT ${event}, ${shared.join(', ')}, ${utm('n // 8')}, ${text('label', 99)} FROM ${range(events)} WHERE n % 8 >= 5`,
  );
  await insert(
    connection,
    'sessions',
    `SELECT n * 8 AS event_id, id_of(1 + hash(n, 1) % ${ids}) AS user_id, n AS session_id, moment(n * 8) AS "time", ${text('library', 3)}, ${utm('n')} FROM ${range(Math.ceil(events / 8))}`,
  );
  await insert(
    connection,
    'users',
    `SELECT id_of(n + 1) AS user_id, 'user' || n || '@acme.test' AS email, CASE WHEN hash(n, 3) % 2 = 0 THEN 'pro' END AS plan, moment(n) AS joindate, moment(n + 9) AS last_modified FROM ${range(ids)}`,
  );
  await insert(
    connection,
    'user_migrations',
    `SELECT id_of(n + 1) AS from_user_id, id_of(n + 2) AS to_user_id, moment(n) AS "time" FROM ${range(ids - 1)} WHERE n < 299 OR n % 3 < 2`,
  );
  for (const name of ['id_of', 'moment']) await connection.run(`DROP MACRO ${name}`);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
}

async function insert(connection: DuckDBConnection, table: string, query: string): Promise<void> {
  await connection.run(`INSERT INTO heap.${table} BY NAME SELECT *, 1 AS _heapload_dump_id FROM (${query})`);
}
