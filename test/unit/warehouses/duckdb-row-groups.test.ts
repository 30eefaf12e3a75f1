import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, it } from 'vitest';
import { writeManifest } from '../../../bench/duckdb/dumps.js';
import { writeEvents } from '../../../bench/duckdb/events.js';
import { duckdbTableTarget, duckdbTarget } from '../../support/target.js';
import { World } from '../../support/world.js';

/** DuckDB keeps 122,880 rows together in a row group; what other tests load is in one. */
const ROWS = 300_000;
const COLUMNS = 12;

const worlds: World[] = [];

afterAll(async () => {
  for (const world of worlds) await world.dispose();
});

/** One row of twenty of each file comes twice. */
function writeDump(root: string, dumpId: number, firstId: number, rows: number): void {
  for (const n of [0, 1]) {
    const file = path.join(root, `sync_${dumpId}/pageviews/part-0000${n}.avro`);
    const first = firstId + (n * rows) / 2;
    writeEvents({
      file,
      rows: rows / 2,
      firstId: first,
      redeliverEvery: 20,
      columns: COLUMNS,
      codec: 'snappy',
    });
  }
  writeManifest(root, dumpId, COLUMNS, 2);
}

/** The file is closed and opened again between any two of these. */
async function contentOf(world: World): Promise<unknown> {
  const sql =
    'SELECT count(*) AS rows, count(DISTINCT event_id) AS ids, sum(hash(t)) AS hash FROM heap.pageviews AS t';
  return await world.using(async (session) => (await session.query(sql))[0], 'read');
}

async function load(world: World): Promise<unknown> {
  const { result } = await world.run();
  expect(result.status).toBe('done');
  return await contentOf(world);
}

describe('a table of several row groups', () => {
  it('is the same however it was staged, load after load, and in a compact copy', async () => {
    const adopting = await World.create(duckdbTarget);
    const merging = await World.create(duckdbTableTarget, {}, adopting.root);
    worlds.push(adopting, merging);

    writeDump(adopting.root, 1, 1, ROWS);
    const first = await load(adopting);
    expect(first).toMatchObject({ rows: BigInt((ROWS * 39) / 40), ids: BigInt((ROWS * 39) / 40) });
    expect(await load(merging)).toEqual(first);

    writeDump(adopting.root, 2, ROWS - 50_000, 100_000);
    const second = await load(adopting);
    expect(second).not.toEqual(first);
    expect(await load(merging)).toEqual(second);

    const compact = await compactCopy(adopting);
    expect(await contentOf(compact)).toEqual(second);
    writeDump(adopting.root, 3, 100_000, 150_000);
    const third = await load(merging);
    expect(await load(compact)).toEqual(third);
    expect(await load(adopting)).toEqual(third);
  });
});

/** As the documentation says. */
async function compactCopy(world: World): Promise<World> {
  const { path: from } = world.written as { path: string };
  const to = `${from}.compact`;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`ATTACH '${from}' AS old (READ_ONLY)`);
  await connection.run(`ATTACH '${to}' AS compact (STORAGE_VERSION 'v1.4.0')`);
  await connection.run('COPY FROM DATABASE old TO compact');
  connection.closeSync();
  instance.closeSync();
  return await world.reconfigured({ warehouse: { ...world.written, path: to } });
}
