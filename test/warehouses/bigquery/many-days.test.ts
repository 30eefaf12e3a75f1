import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../../cli/support.js';
import { describeFailures, runWell } from '../../conformance/bench.js';
import { type BigQueryTarget, bigqueryTarget } from '../../support/target.js';
import { World } from '../../support/world.js';
import { type Click, click, clicks } from './support.js';

/** More than one statement may change, and less than a table may have. */
const DAYS = 5000;
const DAY_MS = 86_400_000;

let target: BigQueryTarget;
beforeAll(async () => {
  target = await bigqueryTarget();
});
afterAll(async () => {
  await target.stop();
});

/** The time of day `n` since 2000. */
function day(n: number): string {
  return new Date(Date.UTC(2000, 0, 1, 10) + n * DAY_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** A row on each of so many days, and one without a time. */
function everyDay(count: number, label: string, shift = 0): readonly Click[] {
  const rows = Array.from({ length: count }, (_, n) => click(n, day(n + shift), label));
  return [...rows, click(count, null, label)];
}

interface Outcome {
  readonly rows: ReadonlyMap<bigint, string>;
  readonly counts: Readonly<Record<string, unknown>>;
}

const micros = (time: string | null): string =>
  time === null ? 'none' : String(BigInt(Date.parse(`${time.replace(' ', 'T')}Z`)) * 1000n);

/** `time label` by key, as the rows say it that win. */
function expected(...versions: readonly (readonly Click[])[]): ReadonlyMap<bigint, string> {
  return new Map(
    versions.flat().map(({ event_id, time, label }) => [event_id, `${micros(time)} ${label}`] as const),
  );
}

async function outcome(world: World, loadId: string): Promise<Outcome> {
  const rows = await world.rows('click', 'event_id');
  const [load] = (await world.rows('_heapload_loads', 'load_id')).filter((row) => row['load_id'] === loadId);
  const { rows_staged, rows_inserted, rows_updated, rows_unchanged, rows_rejected, table_rows } = load ?? {};
  return {
    rows: new Map(
      rows.map((row) => [
        row['event_id'] as bigint,
        `${String(row['time'] ?? 'none')} ${String(row['label'])}`,
      ]),
    ),
    counts: { rows_staged, rows_inserted, rows_updated, rows_unchanged, rows_rejected, table_rows },
  };
}

/** Types of the statements of the last publish. */
function lastPublish(): readonly string[] {
  const job = target.server
    .jobs()
    .findLast(({ configuration }) => (configuration.query?.query ?? '').includes('FOR _heapload_part'));
  const statements = job?.outcome?.kind === 'query' ? job.outcome.statements : [];
  return statements.map(({ statementType }) => statementType);
}

const times = (of: readonly string[], type: string): number => of.filter((each) => each === type).length;

describe('a load of more days than one statement may change', () => {
  it('merges into a new table, moves rows from any day to any other, and keeps every count', async () => {
    const world = await World.create(target);
    const first = everyDay(DAYS, 'old');
    await world.write(clicks(1n, true, first));
    await runWell(world);
    expect((await outcome(world, '1/click')).rows).toEqual(expected(first));
    // Three groups of 2,000 days, and no row that moves.
    expect(times(lastPublish(), 'MERGE')).toBe(3);

    const moved = [
      // To days where no key lived, to days of other groups, and within a group.
      ...Array.from({ length: 500 }, (_, n) => click(n * 10, day(DAYS + n), 'to new days')),
      ...Array.from({ length: 500 }, (_, n) => click(n * 10 + 1, day(DAYS - 1 - n * 10), 'crossed')),
      ...Array.from({ length: 4000 }, (_, n) => click(1000 + n, day(1000 + n), 'stayed')).filter(
        (row) => row.event_id % 10n > 1n,
      ),
      click(2, null, 'lost its time'),
      click(DAYS, day(3), 'got a time'),
      ...Array.from({ length: 300 }, (_, n) => click(DAYS + 1 + n, day(n * 16), 'new')),
      click(DAYS + 301, null, 'new without a time'),
      click(DAYS + 302, day(DAYS + 499), 'new behind those that moved'),
    ];
    await world.write(clicks(2n, true, moved));
    await runWell(world);
    const after = await outcome(world, '2/click');
    expect(after.rows).toEqual(expected(first, moved));
    expect(after.counts).toEqual({
      rows_staged: BigInt(moved.length),
      rows_inserted: 302n,
      rows_updated: BigInt(moved.length - 302),
      rows_unchanged: 0n,
      rows_rejected: 0n,
      table_rows: BigInt(DAYS + 1 + 302),
    });
    const merges = times(lastPublish(), 'MERGE');
    expect(merges).toBeGreaterThan(3);
    expect(merges).toBeLessThanOrEqual(9);
    await world.dispose();
  });

  it('moves all rows, each to another group of days', async () => {
    const world = await World.create(target);
    const [count, shift] = [6003, 2001];
    const rows = (by: number): readonly Click[] =>
      Array.from({ length: count }, (_, n) => click(n, day((n + by) % count), `shifted by ${by}`));
    await world.write(clicks(1n, true, rows(0)), clicks(2n, true, rows(shift)));
    await runWell(world);
    const after = await outcome(world, '2/click');
    expect(after.rows).toEqual(expected(rows(shift)));
    expect(after.counts).toMatchObject({ rows_inserted: 0n, rows_updated: BigInt(count) });
    await world.dispose();
  });

  it('rows of an older dump change nothing, on however many days', async () => {
    const world = await World.create(target);
    await world.write(clicks(2n, false, everyDay(DAYS, 'newer', 7)));
    await runWell(world);
    const before = await outcome(world, '2/click');
    await world.write(clicks(1n, true, everyDay(DAYS, 'older')));
    await world.write(clicks(3n, true, [click(0, day(0), 'newest')]));
    await runWell(world);
    const after = await outcome(world, '3/click');
    expect(after.rows).toEqual(new Map([...before.rows, ...expected([click(0, day(0), 'newest')])]));
    await world.dispose();
  });

  it('replaces all rows, and empties the table', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, false, everyDay(DAYS, 'one')));
    await runWell(world);
    expect(times(lastPublish(), 'INSERT')).toBeGreaterThan(1);
    const second = everyDay(4500, 'two', 2000);
    await world.write(clicks(2n, false, second));
    await runWell(world);
    const after = await outcome(world, '2/click');
    expect(after.rows).toEqual(expected(second));
    expect(after.counts).toMatchObject({ rows_inserted: 4501n, rows_updated: 0n, table_rows: 4501n });
    expect(times(lastPublish(), 'DELETE')).toBe(2);
    await world.write(clicks(3n, false));
    await runWell(world);
    expect((await outcome(world, '3/click')).rows).toEqual(new Map());
    expect(times(lastPublish(), 'DELETE')).toBe(2);
    await world.dispose();
  });

  it('a reset empties the table by groups of days, too', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, true, everyDay(DAYS, 'one')));
    await runWell(world);
    const reset = await cli(['reset', 'click', '--yes', '-c', world.configFile]);
    expect(reset.stderr).not.toContain('error');
    expect(reset.code).toBe(0);
    expect((await outcome(world, '1/click')).rows).toEqual(new Map());
    expect(times(lastPublish(), 'DELETE')).toBeGreaterThan(1);
    await runWell(world);
    expect((await outcome(world, '1/click')).rows.size).toBe(DAYS + 1);
    await world.dispose();
  });

  it('up to 4,000 days one statement does it', async () => {
    const world = await World.create(target);
    await world.write(clicks(1n, true, everyDay(3999, 'a')));
    await runWell(world);
    expect(times(lastPublish(), 'MERGE')).toBe(1);
    await world.write(clicks(2n, true, everyDay(3999, 'b')));
    await runWell(world);
    expect(times(lastPublish(), 'MERGE')).toBe(1);
    await world.dispose();
  });
});

it('more days than a table may have are refused, and nothing of the load is there', async () => {
  const world = await World.create(target);
  await world.write(clicks(1n, true, [click(1, day(0), 'kept')]));
  await runWell(world);
  await world.write(clicks(2n, true, everyDay(10_000, 'too many', 1)));
  const ran = await world.run();
  expect(describeFailures(ran)).toEqual(['2 click WAREHOUSE_LIMIT']);
  expect(ran.result.failures[0]?.error.hint).toMatch(/10,000 days.*source\.start_date/);
  expect((await outcome(world, '1/click')).rows).toEqual(expected([click(1, day(0), 'kept')]));
  await world.dispose();
});
