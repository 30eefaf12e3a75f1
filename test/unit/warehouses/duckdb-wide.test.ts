import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../bench/duckdb/dumps.js';
import { writeEvents } from '../../../bench/duckdb/events.js';
import { threadsFor } from '../../../warehouses/duckdb/scan.js';
import { duckdb } from '../../support/target.js';
import { World } from '../../support/world.js';

const ROWS = 10_000;
const COLUMNS = 300;
const MB = 1_000_000;

const worlds: World[] = [];

afterAll(async () => {
  for (const world of worlds) await world.dispose();
});

describe('a wide table', () => {
  it('is written by as many threads as there is memory for, by one at least', () => {
    expect(threadsFor(55, 512 * MB)).toBe(9);
    expect(threadsFor(150, 512 * MB)).toBe(2);
    expect(threadsFor(300, 512 * MB)).toBe(1);
    expect(threadsFor(5000, 512 * MB)).toBe(1);
  });

  it('loads where more threads would run out of memory', async () => {
    const world = await World.create(duckdb({ memory_limit: '300MB', threads: 4 }));
    worlds.push(world);
    const file = path.join(world.root, 'sync_1/pageviews/part-00000.avro');
    writeEvents({ file, rows: ROWS, firstId: 1, redeliverEvery: 20, columns: COLUMNS, codec: 'snappy' });
    writeManifest(world.root, 1, COLUMNS, 1);
    const { result } = await world.run();
    expect(result.status).toBe('done');
    const sql = 'SELECT count(*) AS rows FROM heap.pageviews';
    const [counted] = await world.using(async (session) => await session.query(sql), 'read');
    expect(counted).toEqual({ rows: BigInt((ROWS * 39) / 40) });
  });
});
