import { describe, expect, it } from 'vitest';
import type { DumpSpec } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { deathOf, runAndDie } from './child.js';

const click = (fields: Record<string, string>): DumpSpec['tables'][number]['files'][number]['schema'] => ({
  type: 'record',
  name: 'topLevelRecord',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] })),
});

/** A full dump, an incremental one with a new column, a flipped type, a NULL key and a bad time, and one without files. */
const DUMPS: readonly DumpSpec[] = [
  {
    dumpId: 99n,
    tables: [
      {
        name: 'click',
        incremental: false,
        files: [
          {
            schema: click({ event_id: 'long', time: 'string' }),
            rows: [
              { event_id: 1n, time: '2024-01-01 00:00:00' },
              { event_id: 2n, time: null },
            ],
          },
        ],
      },
    ],
  },
  {
    dumpId: 100n,
    tables: [
      {
        name: 'click',
        incremental: true,
        files: [
          {
            schema: click({ event_id: 'long', time: 'string', label: 'long' }),
            rows: [
              { event_id: 2n, time: 'never', label: 7n },
              { event_id: null, time: null, label: null },
            ],
          },
          { schema: click({ event_id: 'long', label: 'string' }), rows: [{ event_id: 3n, label: 'seven' }] },
        ],
      },
      { name: 'users', incremental: true, files: [] },
    ],
  },
];

/** The tables of both dumps four times over. */
const MANY: readonly DumpSpec[] = DUMPS.map((dump) => ({
  ...dump,
  tables: ['click', 'tap', 'view', 'swipe'].flatMap((name) =>
    dump.tables.filter((table) => table.name === 'click').map((table) => ({ ...table, name })),
  ),
}));

const LEDGER = [
  '_heapload_loads',
  '_heapload_dumps',
  '_heapload_files',
  '_heapload_columns',
  '_heapload_rejects',
];

/** Every row of every table that lasts, less what names a run or a moment. */
async function content(world: World): Promise<unknown> {
  return await world.using(async (session) => {
    const tables = [];
    const names = await session.query(
      "SELECT table_name FROM information_schema.tables WHERE table_name NOT LIKE '\\_heapload%' ESCAPE '\\' ORDER BY 1",
    );
    for (const table of [...names.map((row) => String(row['table_name'])), ...LEDGER]) {
      const rows = await session.query(
        `SELECT * EXCLUDE (${excluded(table)}) FROM ${world.table(table)} ORDER BY ALL`,
      );
      tables.push([table, rows.map((row) => Object.values(row).map(String).join('|'))]);
    }
    const left = await session.query(
      "SELECT table_name FROM information_schema.tables WHERE table_name LIKE '\\_heapload\\_stage%' ESCAPE '\\'",
    );
    return { tables, left };
  });
}

function excluded(table: string): string {
  switch (table) {
    case '_heapload_loads':
      return 'run_id, finished_at';
    case '_heapload_dumps':
      return 'run_id, recorded_at, manifest_etag';
    case '_heapload_columns':
      return 'run_id, recorded_at';
    case '_heapload_files':
      return 'etag, modified_ms';
    default:
      return LEDGER.includes(table) ? 'load_id' : '_heapload_dump_id';
  }
}

type Point = readonly [moment: 'before' | 'after', n: number];

/** Runs to the end in a process of its own; gives what it left and all points at which it could have died. */
async function survey(dumps: readonly DumpSpec[], ...more: readonly string[]) {
  const world = await World.create(duckdbTarget);
  await world.write(...dumps);
  const { stdout } = await runAndDie(world.configFile, 'never', '-1', ...more);
  const { operations, status } = JSON.parse(stdout) as { operations: number; status: string };
  expect(status).toBe('done');
  const expected = await content(world);
  await world.dispose();
  // Between one operation and the next nothing happens: after one is before the next.
  const before = Array.from({ length: operations }, (_, n): Point => ['before', n + 1]);
  const points: readonly Point[] = [...before, ['after', operations]];
  return { expected, points };
}

/** Kills a run at each of the points, runs again, and gives those after which anything differs. */
async function killAt(
  points: readonly Point[],
  dumps: readonly DumpSpec[],
  expected: unknown,
  ...more: readonly string[]
): Promise<readonly string[]> {
  const failed: string[] = [];
  const queue = [...points];
  const worker = async (): Promise<void> => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      const [moment, n] = point;
      const world = await World.create(duckdbTarget);
      try {
        await world.write(...dumps);
        const argv = [world.configFile, moment, String(n), ...more];
        const died = await deathOf(runAndDie(...argv));
        expect(died, `${moment} ${n}`).toBe('SIGKILL');
        const { result } = await world.run({ holder: 'the next run' });
        expect(['done', 'nothing'], `${moment} ${n}`).toContain(result.status);
        expect(await content(world), `${moment} ${n}`).toEqual(expected);
        const { result: third, statements } = await world.run();
        expect(third.status).toBe('nothing');
        expect(statements).toEqual([]);
      } catch (error) {
        failed.push(`${moment} ${n}: ${String(error)}`);
      } finally {
        await world.dispose();
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

describe('SIGKILL', () => {
  it('before every operation, and after the last, is repaired by the next run', async () => {
    const { expected, points } = await survey(DUMPS);
    expect(points.length).toBeGreaterThan(30);
    expect(await killAt(points, DUMPS, expected)).toEqual([]);
  }, 600_000);

  it('while several tables are loaded at once, too', async () => {
    const { expected, points } = await survey(MANY, 'together');
    expect(points.length).toBeGreaterThan(100);
    const some = points.filter((_, n) => n % 9 === 0);
    expect(await killAt(some, MANY, expected, 'together')).toEqual([]);
  }, 600_000);
});
