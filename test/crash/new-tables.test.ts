import { readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DumpSpec } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

const schema = { type: 'record', name: 'r', fields: [{ name: 'event_id', type: 'long' }] } as const;
const dump = (dumpId: bigint, ...tables: string[]): DumpSpec => ({
  dumpId,
  tables: tables.map((name) => ({
    name,
    incremental: true,
    files: [{ schema, rows: [{ event_id: dumpId }] }],
  })),
});

async function tables(world: World): Promise<readonly string[]> {
  const rows = await world.query(
    `SELECT DISTINCT table_name FROM ${world.table('_heapload_loads')} WHERE status = 'loaded' ORDER BY table_name`,
  );
  return rows.map((row) => String(row['table_name']));
}

describe('tables.new_tables', () => {
  it.each(['ignore', 'fail'])(
    '%s: a first run that stops half-way has taken on all its tables',
    async (newTables) => {
      const world = await World.create(duckdbTarget, { tables: { new_tables: newTables } });
      try {
        await world.write(dump(1n, 'a', 'b', 'c'));
        let published = 0;
        const stopped = await world
          .run({
            onOperation: (moment, operation) => {
              if (operation.kind === 'statement' && operation.transaction === 'commit' && moment === 'after')
                published += 1;
              // The first commit records the dumps, the second is the first load.
              if (published === 2) throw new Error('stopped here');
            },
          })
          .catch((error: unknown) => String(error));
        expect(stopped).toContain('stopped here');
        expect(await tables(world)).toEqual(['a']);
        expect((await world.run({ holder: 'the next run' })).result).toMatchObject({
          status: 'done',
          failures: [],
        });
        expect(await tables(world)).toEqual(['a', 'b', 'c']);
      } finally {
        await world.dispose();
      }
    },
  );

  it('fail: a table of a later dump is refused in every run until the configuration takes it', async () => {
    const world = await World.create(duckdbTarget, { tables: { new_tables: 'fail' } });
    try {
      await world.write(dump(1n, 'a'));
      await world.run();
      await world.write(dump(2n, 'a', 'late'));
      for (const status of ['failed', 'failed']) {
        const { result } = await world.run();
        expect(result.status).toBe(status);
        expect(result.failures.map(({ table, error }) => [table, error.code])).toEqual([
          ['late', 'NEW_TABLE'],
        ]);
      }
      expect(await tables(world)).toEqual(['a']);
      const taking = await world.reconfigured({ tables: { new_tables: 'load' } });
      expect((await taking.run()).result).toMatchObject({ status: 'done', failures: [] });
      expect(await tables(world)).toEqual(['a', 'late']);
    } finally {
      await world.dispose();
    }
  });

  it('ignore: a bad file that is planned around does not make the other tables new', async () => {
    const world = await World.create(duckdbTarget, { tables: { new_tables: 'ignore' }, on_bad_file: 'skip' });
    try {
      const bad = { schema, rows: [{ event_id: 9n }], codec: 'snappy' } as const;
      await world.write({
        dumpId: 1n,
        tables: [
          { name: 'a', incremental: true, files: [{ schema, rows: [{ event_id: 1n }] }] },
          { name: 'b', incremental: true, files: [bad] },
          { name: 'c', incremental: true, files: [{ schema, rows: [{ event_id: 1n }] }] },
        ],
      });
      const folder = path.join(world.root, 'sync_1/b');
      const [file = ''] = await readdir(folder);
      const bytes = await readFile(path.join(folder, file));
      // Just before the last sync marker stands the checksum of the block.
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 18) ^ 0xff, bytes.length - 18);
      await writeFile(path.join(folder, file), bytes);
      expect((await world.run()).result.status).toBe('done');
      expect(await tables(world)).toEqual(['a', 'b', 'c']);
    } finally {
      await world.dispose();
    }
  });
});
