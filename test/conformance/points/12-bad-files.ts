import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../../cli/support.js';
import type { FileSpec } from '../../support/dump-writer.js';
import type { World } from '../../support/world.js';
import { type Bench, notesOf, place, runBadly, runWell, spoil } from '../bench.js';
import { type ClickRow, click, clicks, dump, full, incremental } from '../data.js';
import { countsOf, files, statuses } from '../ledger.js';

const GOOD = 'sync_2/click/good.avro';
const BAD = 'sync_2/click/bad.avro';
const LATE = 'sync_2/click/late.avro';

const flip = (bytes: Buffer, at: number): Buffer => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
};

/** What is wrong with the middle file, and whether the error can name a byte. */
const FLAWS: Readonly<
  Record<
    string,
    { readonly spoil: (world: World) => Promise<void>; readonly code: string; readonly offset: boolean }
  >
> = {
  missing: { spoil: (world) => rm(path.join(world.root, BAD)), code: 'SOURCE_MISSING', offset: false },
  'truncated in its last block': {
    spoil: (world) => spoil(world, BAD, (bytes) => bytes.subarray(0, -5)),
    code: 'AVRO_INVALID',
    offset: true,
  },
  'truncated in its header': {
    spoil: (world) => spoil(world, BAD, (bytes) => bytes.subarray(0, 20)),
    code: 'AVRO_INVALID',
    offset: true,
  },
  'with a wrong checksum': {
    spoil: (world) => spoil(world, BAD, (bytes) => flip(bytes, bytes.length - 17)),
    code: 'AVRO_INVALID',
    offset: true,
  },
  'with a wrong sync marker': {
    spoil: (world) => spoil(world, BAD, (bytes) => flip(bytes, bytes.length - 1)),
    code: 'AVRO_INVALID',
    offset: true,
  },
  empty: { spoil: (world) => spoil(world, BAD, () => Buffer.alloc(0)), code: 'AVRO_INVALID', offset: true },
};

export function badFiles(bench: Bench): void {
  const named = (name: string, ...rows: readonly ClickRow[]): FileSpec => ({
    ...clicks(...rows),
    name,
    rowsPerBlock: 1,
  });
  const second = dump(
    2n,
    incremental(
      'click',
      named('good.avro', [2n, 'good']),
      named('bad.avro', [3n, 'bad'], [4n, 'bad']),
      named('late.avro', [4n, 'late']),
    ),
    incremental('other', clicks([1n, 'x'])),
  );
  const spoiled = async (flaw: keyof typeof FLAWS, overrides = {}): Promise<World> => {
    const world = await bench.loaded(overrides, dump(1n, full('click', clicks([1n, 'a']))));
    await world.write(
      second,
      dump(3n, incremental('click', clicks([5n, 'of 3'])), incremental('other', clicks([2n, 'y']))),
    );
    await FLAWS[flaw]?.spoil(world);
    return world;
  };

  describe('12. bad input', () => {
    for (const [flaw, { code, offset }] of Object.entries(FLAWS)) {
      it(`12. a file ${flaw} fails its load, naming it and the byte; nothing of the load is published`, async () => {
        const world = await spoiled(flaw);
        const ran = await runBadly(world, [`2 click ${code}`]);
        const error = ran.result.failures[0]?.error;
        expect(error?.place).toMatchObject({ file: BAD, dump: 2n, table: 'click' });
        if (offset) expect(error?.place.offset).toBeTypeOf('number');
        expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
        expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'x'), click(2n, 'y')]);
        expect(await statuses(world)).toEqual([
          '1/click loaded',
          '2/click pending',
          '2/other loaded',
          '3/click pending',
          '3/other loaded',
        ]);
        expect(notesOf(ran).filter((note) => note.startsWith('3 click: waits for'))).toHaveLength(1);
      });
    }

    it('12. the exit code is 1', async () => {
      const world = await spoiled('empty');
      const { code, stderr } = await cli(['run', '-c', world.configFile]);
      expect(code).toBe(1);
      expect(stderr).toContain(`dump 2 · table click · ${BAD}, byte 0`);
    });

    it('12. every run says so again, until the file is good; then the load and those that waited go on', async () => {
      const world = await spoiled('empty');
      await runBadly(world, ['2 click AVRO_INVALID']);
      await runBadly(world, ['2 click AVRO_INVALID']);
      await world.write(second);
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([
        click(1n, 'a'),
        click(2n, 'good'),
        click(3n, 'bad'),
        click(4n, 'late'),
        click(5n, 'of 3'),
      ]);
    });

    it('12. a later full dump makes the failed load void', async () => {
      const world = await spoiled('empty');
      await runBadly(world, ['2 click AVRO_INVALID']);
      await world.write(dump(4n, full('click', clicks([9n, 'of 4']))));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(9n, 'of 4')]);
      expect(await statuses(world)).toEqual([
        '1/click loaded',
        '2/click superseded',
        '2/other loaded',
        '3/click superseded',
        '3/other loaded',
        '4/click loaded',
      ]);
    });

    it('12. a file overwritten while it is read fails its load', async () => {
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(second);
      const session = await world.connect();
      const { result } = await world.run({
        session: {
          execute: async (operation, options) => {
            if (operation.kind === 'transfer')
              await place(
                world,
                BAD,
                await readFile(path.join(world.root, GOOD)),
                new Date(1_600_000_000_000),
              );
            return await session.execute(operation, options);
          },
          query: (sql) => session.query(sql),
          close: () => session.close(),
        },
      });
      await session.close();
      expect(result.failures.map((failure) => failure.error.code)).toEqual(['SOURCE_CHANGED']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
    });

    for (const flaw of Object.keys(FLAWS)) {
      it(`12. on_bad_file: skip loads the rest of a load with a file ${flaw}, and records and reports it every run`, async () => {
        const world = await spoiled(flaw, { on_bad_file: 'skip' });
        const ran = await runWell(world);
        expect(notesOf(ran).filter((note) => note.includes(BAD))).toHaveLength(1);
        expect(await world.rows('click', 'event_id')).toEqual([
          click(1n, 'a'),
          click(2n, 'good'),
          click(4n, 'late'),
          click(5n, 'of 3'),
        ]);
        expect((await files(world)).filter((line) => line.startsWith('sync_2/click/'))).toEqual([
          `${GOOD} loaded`,
          `${BAD} skipped`,
          `${LATE} loaded`,
        ]);
        const skipped = (await world.rows('_heapload_files', 'file_index')).find(
          (each) => each['file_key'] === BAD,
        );
        expect(skipped).toMatchObject({ load_id: '2/click', dump_id: 2n, file_index: 1n, rows: 0n });
        expect(String(skipped?.['reason'])).not.toBe('null');
        expect(await countsOf(world, '2/click')).toBe(
          'read 2: inserted 2, updated 0, unchanged 0, filtered 0, rejected 0, values 0',
        );
        const again = await runWell(world);
        expect(again.statements).toEqual([]);
        expect(notesOf(again).filter((note) => note.includes(BAD))).toHaveLength(1);
      });
    }

    it('12. a skipped file is resolved by a newer full dump of its table', async () => {
      const world = await spoiled('empty', { on_bad_file: 'skip' });
      await runWell(world);
      await world.write(dump(4n, full('other', clicks([9n, 'of 4']))));
      expect(notesOf(await runWell(world)).some((note) => note.includes(BAD))).toBe(true);
      await world.write(dump(5n, full('click', clicks([9n, 'of 5']))));
      await runWell(world);
      expect(notesOf(await runWell(world))).toEqual([]);
      expect((await files(world)).filter((line) => line.startsWith(BAD))).toEqual([`${BAD} resolved`]);
    });

    it('12. on_bad_file: skip of a load whose every file is bad', async () => {
      const world = await bench.loaded({ on_bad_file: 'skip' }, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, incremental('click', named('bad.avro', [2n, 'b']))));
      await rm(path.join(world.root, BAD));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click loaded']);
      expect(notesOf(await runWell(world)).some((note) => note.includes(BAD))).toBe(true);
    });

    it('12. on_bad_file: skip of a full dump whose every file is bad leaves the rows as they are and fails', async () => {
      const world = await bench.loaded({ on_bad_file: 'skip' }, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, full('click', named('bad.avro', [2n, 'b']))));
      await rm(path.join(world.root, BAD));
      await runBadly(world, ['2 click SOURCE_MISSING']);
      expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a')]);
      expect(await statuses(world)).toEqual(['1/click loaded', '2/click pending']);
    });

    it('12. on_bad_file: skip of a full dump replaces the rows by those of the good files', async () => {
      const world = await bench.loaded({ on_bad_file: 'skip' }, dump(1n, full('click', clicks([1n, 'a']))));
      await world.write(dump(2n, full('click', named('good.avro', [2n, 'b']), named('bad.avro', [3n, 'c']))));
      await spoil(world, BAD, (bytes) => bytes.subarray(0, -1));
      await runWell(world);
      expect(await world.rows('click', 'event_id')).toEqual([click(2n, 'b')]);
    });
  });
}
