import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../src/warehouse/contract.js';
import { runWell } from '../conformance/bench.js';
import { clicks, dump, file, full, incremental } from '../conformance/data.js';
import { expireLease } from '../conformance/sessions.js';
import type { DumpSpec } from '../support/dump-writer.js';
import type { Target } from '../support/target.js';
import { World } from '../support/world.js';
import { atEach, deathOf, runAndDie } from './child.js';

/** What the suite needs of a warehouse. */
export interface CrashBench {
  /** Two of them may be at work at the same time. */
  readonly targets: readonly [Target, Target];
  /** What a load leaves in the warehouse beside tables, while it is under way. */
  readonly left?: (world: World) => Promise<unknown>;
  /** How often the first target has done what may be done once. */
  readonly counts: () => Readonly<Record<string, number>>;
  readonly stop: () => Promise<void>;
}

/** A way to lose replies of the first target after the work was done. */
export interface Losing<B> {
  readonly title: string;
  /** Every request loses its reply in one of so many runs. */
  readonly shares: number;
  readonly begin: (bench: B, share: number) => { readonly lost: () => number; readonly end: () => void };
}

/** A full dump, an incremental one with new columns, a flipped type, a NULL key and a bad time, and one without files. */
export const DUMPS: readonly DumpSpec[] = [
  dump(99n, full('click', clicks([1n, 'a'], [2n, 'b']))),
  dump(
    100n,
    incremental(
      'click',
      file({ event_id: 'long', label: 'string', time: 'string' }, [
        { event_id: 2n, label: 'c', time: '2024-01-01 00:00:00' },
        { event_id: 3n, label: 'd', time: 'never' },
        { event_id: null, label: 'e', time: null },
      ]),
      file({ event_id: 'long', label: 'long' }, [{ event_id: 4n, label: 7n }]),
    ),
    incremental('users'),
  ),
];

export async function filled(target: Target, dumps: readonly DumpSpec[] = DUMPS): Promise<World> {
  const world = await World.create(target);
  await world.write(...dumps);
  return world;
}

const LEDGER: readonly (readonly [name: string, ...orderBy: string[]])[] = [
  ['_heapload_loads', 'load_id'],
  ['_heapload_dumps', 'dump_id'],
  ['_heapload_files', 'load_id', 'file_index'],
  ['_heapload_columns', 'table_name', 'column_name'],
  ['_heapload_rejects', 'load_id', 'row_index', 'kind'],
];

/** What names a run, a moment or a world. */
const CHANGING = ['run_id', 'finished_at', 'recorded_at', 'manifest_etag', 'etag', 'modified_ms'];

/** Every row of every table that lasts, less what is another one each time, and what should not be there. */
export async function content(world: World, left: CrashBench['left']): Promise<unknown> {
  const found = [...(await world.state()).tables.keys()].sort();
  const staging = found.filter((name) => name.startsWith('_heapload'));
  const rows: Record<string, readonly Row[]> = {};
  for (const name of found.filter((each) => !staging.includes(each)))
    rows[name] = await world.rows(name, 'event_id');
  for (const [name, ...orderBy] of LEDGER) rows[name] = (await world.rows(name, ...orderBy)).map(lasting);
  return { rows, staging, left: await left?.(world) };
}

function lasting(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !CHANGING.includes(name)));
}

/** What a run leaves that nothing happens to. */
export async function undisturbed(
  target: Target,
  left?: CrashBench['left'],
  dumps: readonly DumpSpec[] = DUMPS,
): Promise<unknown> {
  const world = await filled(target, dumps);
  await runWell(world);
  const found = await content(world, left);
  await world.dispose();
  return found;
}

/** Whatever happens to a run, and wherever, the next one leaves what a run that nothing happened to leaves. */
export function crash<B extends CrashBench>(
  name: string,
  start: () => Promise<B>,
  losings: readonly Losing<B>[] = [],
): void {
  describe(`${name}, when a run does not come to its end`, () => {
    let bench: B;
    let expected: unknown;
    let counts: Readonly<Record<string, number>>;
    beforeAll(async () => {
      bench = await start();
      counts = await countsOf(bench, async () => {
        expected = await undisturbed(bench.targets[0], bench.left);
      });
    });
    afterAll(async () => {
      await bench.stop();
    });

    describe.each(losings)('a reply that is lost, $title', ({ shares, begin }) => {
      // Each on a bench of its own: the client waits before it asks again.
      it.concurrent.each(Array.from({ length: shares }, (_, share) => share))(
        `is one of every ${shares}, from the one at %i: nothing is done twice`,
        async (share) => {
          const own = await start();
          const world = await filled(own.targets[0]);
          const losing = begin(own, share);
          const found = await countsOf(own, () => runWell(world)).finally(losing.end);
          expect(losing.lost()).toBeGreaterThan(5);
          expect(found).toEqual(counts);
          expect(await content(world, own.left)).toEqual(expected);
          await world.dispose();
          await own.stop();
        },
      );
    });

    it('SIGKILL before every operation, and after the last, is repaired by the next run', async () => {
      const points = await pointsOf(bench.targets[0], DUMPS);
      expect(points.length).toBeGreaterThan(20);
      expect(await killAt(points, bench, { dumps: DUMPS, expected })).toEqual([]);
    }, 600_000);
  });
}

/** What was done meanwhile. */
async function countsOf(
  { counts }: CrashBench,
  work: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const before = counts();
  await work();
  return Object.fromEntries(Object.entries(counts()).map(([what, n]) => [what, n - (before[what] ?? 0)]));
}

/** Between one operation and the next nothing happens: after one is before the next. */
export type Point = readonly [moment: 'before' | 'after', n: number];

/** All points at which a run can die; `more`: further words for `run-and-die.mjs`. */
export async function pointsOf(
  target: Target,
  dumps: readonly DumpSpec[],
  ...more: readonly string[]
): Promise<readonly Point[]> {
  const world = await filled(target, dumps);
  const { stdout } = await runAndDie(world.configFile, 'never', '-1', ...more);
  await world.dispose();
  const { operations, status } = JSON.parse(stdout) as { operations: number; status: string };
  expect(status).toBe('done');
  return [...Array.from({ length: operations }, (_, n): Point => ['before', n + 1]), ['after', operations]];
}

/** Kills a run at each of the points, runs again, and gives those after which anything differs. */
export async function killAt(
  points: readonly Point[],
  { targets, left }: Pick<CrashBench, 'targets' | 'left'>,
  { dumps, expected }: { readonly dumps: readonly DumpSpec[]; readonly expected: unknown },
  ...more: readonly string[]
): Promise<readonly string[]> {
  return await atEach(points, async ([moment, n], worker) => {
    const world = await filled(targets[worker], dumps);
    try {
      const died = await deathOf(runAndDie(world.configFile, moment, String(n), ...more));
      expect(died).toBe('SIGKILL');
      // Where nothing shows that the run is dead, its lease would be waited for.
      const { singleProcess } = world.dialect.capabilities;
      if (!singleProcess && (await world.state()).ledgerTables.has('lease')) await expireLease(world);
      await runWell(world);
      expect(await content(world, left)).toEqual(expected);
      const { result, statements } = await world.run();
      expect([result.status, statements]).toEqual(['nothing', []]);
    } finally {
      await world.dispose();
    }
  });
}
