import { describe, expect, it } from 'vitest';
import { duckdbTarget } from '../support/target.js';
import { DUMPS, crash, killAt, pointsOf, undisturbed } from './suite.js';

const targets = [duckdbTarget, duckdbTarget] as const;

// The engine is in the process: it dies with it, and no reply can be lost.
crash('DuckDB', () => Promise.resolve({ targets, counts: () => ({}), stop: () => Promise.resolve() }));

/** The tables of both dumps four times over. */
const MANY = DUMPS.map((dump) => ({
  ...dump,
  tables: ['click', 'tap', 'view', 'swipe'].flatMap((name) =>
    dump.tables.filter((table) => table.name === 'click').map((table) => ({ ...table, name })),
  ),
}));

describe('DuckDB, several tables at once', () => {
  it('SIGKILL is repaired by the next run', async () => {
    const expected = await undisturbed(duckdbTarget, undefined, MANY);
    const points = await pointsOf(duckdbTarget, MANY, 'together');
    expect(points.length).toBeGreaterThan(100);
    const some = points.filter((_, n) => n % 9 === 0);
    expect(await killAt(some, { targets }, { dumps: MANY, expected }, 'together')).toEqual([]);
  }, 600_000);
});
