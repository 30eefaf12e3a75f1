import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AvroRow, DumpSpec, TableSpec } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { type Overrides, World } from '../support/world.js';
import { NO_NODES, cli, jsonEndOf, oneFile, record } from './support.js';

const CLICK = { event_id: 'long', label: 'string' };
const ROWS: readonly AvroRow[] = [
  { event_id: 1n, label: 'x'.repeat(50) },
  { event_id: 2n, label: 'y' },
];
const FILE = 'sync_9/click/a.avro';
const USERS = oneFile('users', { user_id: 'long' }, [{ user_id: 1n }]);
const SPOILED =
  'The file is damaged or was not written completely. Ask for it to be delivered again, or leave it out with on_bad_file: skip.';

let world: World;
afterEach(async () => {
  await world.dispose();
});

async function create(
  tables: readonly TableSpec[],
  more: readonly DumpSpec[] = [],
  config: Overrides = {},
): Promise<void> {
  world = await World.create(duckdbTarget, config);
  await world.write({ dumpId: 9n, tables: [...tables, USERS] }, ...more);
}

/** Rewrites a file of the source. */
async function spoil(key: string, change: (bytes: Buffer) => Buffer | string): Promise<void> {
  const file = path.join(world.root, key);
  await writeFile(file, change(await readFile(file)));
}

interface Told {
  readonly error: string;
  readonly where: string;
  readonly next: string;
  /** How many loads were committed all the same; `users` is among them. */
  readonly committed?: number;
}

/** The run tells exactly this and exits with 1, the table of users is loaded, and a second run says the same. */
async function expectTold(told: Told): Promise<void> {
  const committed = told.committed ?? 1;
  const text = `error ${told.error}\n  where: ${told.where}\n  next:  ${told.next}\n`;
  const end = (loads: number): string =>
    `Failed: 1 failure, ${loads} load${loads === 1 ? '' : 's'} committed.\n`;
  const first = await cli(['run', '-c', world.configFile]);
  expect(first).toMatchObject({ code: 1, stderr: text + end(committed) });
  expect(await world.rows('users', 'user_id')).toEqual([{ user_id: 1n }]);
  const second = await cli(['run', '-c', world.configFile]);
  expect(second).toEqual({ code: 1, stdout: '', stderr: text + end(0) });
}

describe('a file that cannot be read fails its load, and no other', () => {
  it('missing', async () => {
    await create([oneFile('click', CLICK, ROWS)]);
    await rm(path.join(world.root, FILE));
    await expectTold({
      error: `SOURCE_MISSING: There is no file ${FILE} in the source.`,
      where: `dump 9 · table click · ${FILE}`,
      next: 'Check whether it was deleted or not copied completely.',
    });
  });

  it('truncated', async () => {
    await create([oneFile('click', CLICK, ROWS)]);
    let size = 0;
    await spoil(FILE, (bytes) => {
      size = bytes.length - 10;
      return bytes.subarray(0, size);
    });
    await expectTruncated(size);
  });

  async function expectTruncated(size: number): Promise<void> {
    const { code, stderr } = await cli(['run', '-c', world.configFile]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error AVRO_INVALID: The file ends inside the sync marker of the block at byte 189.\n' +
        `  where: dump 9 · table click · ${FILE}, byte ${size}\n  next:  ${SPOILED}\nFailed: 1 failure, 1 load committed.\n`,
    );
    expect(await world.rows('users', 'user_id')).toEqual([{ user_id: 1n }]);
    expect((await world.state()).tables.has('click')).toBe(false);
  }

  it('a wrong checksum', async () => {
    const schema = { ...record({}), fields: [{ name: 'event_id', type: 'long' }] };
    await create([
      {
        name: 'click',
        incremental: true,
        files: [{ name: 'a.avro', schema, rows: [{ event_id: 1n }], codec: 'snappy' }],
      },
    ]);
    // The checksum stands before the sync marker.
    await spoil(FILE, (bytes) => {
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 17) ^ 1, bytes.length - 17);
      return bytes;
    });
    const { code, stderr } = await cli(['run', '-c', world.configFile]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error AVRO_INVALID: The block at byte (\d+) cannot be decompressed: its checksum \(CRC32\) is wrong\.\n {2}where: dump 9 · table click · sync_9\/click\/a\.avro, byte \1\n/,
    );
    expect(stderr).toContain(`  next:  ${SPOILED}\n`);
    expect(await world.rows('users', 'user_id')).toHaveLength(1);
  });

  it('no Avro file', async () => {
    await create([oneFile('click', CLICK, ROWS)]);
    await spoil(FILE, () => 'PAR1 and so on');
    await expectTold({
      error:
        'AVRO_INVALID: The file is not an Avro object container file: it starts with the bytes 50415231 instead of 4f626a01.',
      where: `dump 9 · table click · ${FILE}, byte 0`,
      next: 'Look whether the file was meant to be loaded; heapload reads Avro object container files only.',
    });
  });

  it('empty', async () => {
    await create([oneFile('click', CLICK, ROWS)]);
    await spoil(FILE, () => '');
    await expectTold({
      error: 'AVRO_INVALID: The file is empty: it has no Avro header.',
      where: `dump 9 · table click · ${FILE}, byte 0`,
      next: SPOILED,
    });
  });

  it('and is repaired by the next run once the file is good', async () => {
    await create([oneFile('click', CLICK, ROWS)]);
    const good = await readFile(path.join(world.root, FILE));
    await spoil(FILE, (bytes) => bytes.subarray(0, -1));
    expect((await cli(['run', '-c', world.configFile])).code).toBe(1);
    await spoil(FILE, () => good);
    expect((await cli(['run', '-c', world.configFile])).code).toBe(0);
    expect(await world.rows('click', 'event_id')).toEqual(ROWS);
  });

  it('later dumps of its table wait; the JSON stream says the same as the lines', async () => {
    const later = { dumpId: 10n, tables: [oneFile('click', CLICK, [{ event_id: 3n, label: 'z' }])] };
    await create([oneFile('click', CLICK, ROWS)], [later]);
    await rm(path.join(world.root, FILE));
    const { code, stderr } = await cli(['run', '-c', world.configFile]);
    expect(code).toBe(1);
    expect(stderr).toContain('note: dump 10 · table click: waits for dump 9, which cannot be loaded\n');
    const { stdout } = await cli(['run', '--json', '-c', world.configFile]);
    expect(jsonEndOf(stdout)).toEqual({
      event: 'end',
      status: 'failed',
      exit_code: 1,
      loads_done: 0,
      ...NO_NODES,
      failures: [
        {
          dump_id: '9',
          table: 'click',
          code: 'SOURCE_MISSING',
          message: `There is no file ${FILE} in the source.`,
          where: `dump 9 · table click · ${FILE}`,
          next: 'Check whether it was deleted or not copied completely.',
        },
      ],
    });
  });
});

describe('a header that does not fit its table fails the load, and no other', () => {
  it('a key that is a double', async () => {
    await create([oneFile('click', { event_id: 'double' }, [])]);
    await expectTold({
      error: 'KEY_TYPE: Key column event_id has type float64, which cannot be a key.',
      where: `dump 9 · table click · ${FILE}`,
      next: 'Choose other key columns under tables.keys: { click: [...] }, or have the export corrected.',
    });
  });

  it('a key that was long and is a string', async () => {
    const flipped = { dumpId: 10n, tables: [oneFile('click', { event_id: 'string' }, [{ event_id: 'a' }])] };
    await create([oneFile('click', CLICK, ROWS)], [flipped]);
    await expectTold({
      error: 'KEY_TYPE: Key column event_id is int64 in click but string in this file.',
      where: 'dump 10 · table click · sync_10/click/a.avro',
      next: 'A key cannot move to a variant column. Have the export corrected, or choose other key columns and reset the table.',
      committed: 2,
    });
    expect(await world.rows('click', 'event_id')).toEqual(ROWS);
  });

  it('no key column', async () => {
    await create([oneFile('click', { label: 'string' }, [])]);
    await expectTold({
      error: 'KEY_MISSING: The file has no key column event_id.',
      where: `dump 9 · table click · ${FILE}`,
      next: "Name the table's key under tables.keys: { click: [...] }, or have the export corrected.",
    });
  });

  it('a type that changed under on_type_change: fail', async () => {
    const flipped = { dumpId: 10n, tables: [oneFile('click', { event_id: 'long', label: 'bytes' }, [])] };
    await create([oneFile('click', CLICK, ROWS)], [flipped], { columns: { on_type_change: 'fail' } });
    await expectTold({
      error: 'TYPE_CHANGED: Column label is string in click but bytes in this file.',
      where: 'dump 10 · table click · sync_10/click/a.avro',
      next: 'Set columns.on_type_change: variant to load it into label__bytes, or exclude the column.',
      committed: 2,
    });
  });

  it('a column that is new under new_columns: fail', async () => {
    const grown = { dumpId: 10n, tables: [oneFile('click', { ...CLICK, plan: 'string' }, [])] };
    await create([oneFile('click', CLICK, ROWS)], [grown], { columns: { new_columns: 'fail' } });
    await expectTold({
      error: 'NEW_COLUMN: Column plan of click is new and columns.new_columns is fail.',
      where: 'dump 10 · table click · sync_10/click/a.avro',
      next: 'Leave it out with columns.exclude: { click: ["plan"] }, or set columns.new_columns: add.',
      committed: 2,
    });
  });
});

describe('names that collide stop their table; the rename in the hint resolves it', () => {
  it('tables', async () => {
    await create([oneFile('Sign Up', CLICK, ROWS), oneFile('sign_up', CLICK, ROWS)]);
    await expectTold({
      error: 'NAME_COLLISION: Tables "Sign Up" and "sign_up" of the source both become sign_up.',
      where: 'dump 9 · table sign_up',
      next: 'Give one of them a name of its own under tables.rename, e.g. "sign_up": sign_up_2',
    });
    const renamed = await world.reconfigured({ tables: { rename: { sign_up: 'sign_up_2' } } });
    expect(await cli(['run', '-c', renamed.configFile])).toMatchObject({ code: 0, stderr: '' });
    expect(await world.rows('sign_up', 'event_id')).toEqual(ROWS);
    expect(await world.rows('sign_up_2', 'event_id')).toEqual(ROWS);
  });

  it('columns', async () => {
    await create([
      oneFile('click', { event_id: 'long', label: 'string', Label: 'string' }, [
        { event_id: 1n, label: 'a', Label: 'b' },
      ]),
    ]);
    await expectTold({
      error:
        'NAME_COLLISION: Columns "label" and "Label" differ only in upper and lower case, which makes them one column.',
      where: `dump 9 · table click · ${FILE}`,
      next: 'Rename one of them: columns.rename: { click: { "Label": Label_2 } }',
    });
    const renamed = await world.reconfigured({ columns: { rename: { click: { Label: 'Label_2' } } } });
    expect(await cli(['run', '-c', renamed.configFile])).toMatchObject({ code: 0, stderr: '' });
    expect(await world.rows('click', 'event_id')).toEqual([{ event_id: 1n, label: 'a', Label_2: 'b' }]);
  });

  it('a column name kept for heapload', async () => {
    await create([oneFile('click', { event_id: 'long', _heapload_row: 'string' }, [])]);
    await expectTold({
      error: 'NAME_INVALID: Column _heapload_row starts with _heapload_, which is reserved.',
      where: `dump 9 · table click · ${FILE}`,
      next: 'Give it another name: columns.rename: { click: { "_heapload_row": new_name } }',
    });
  });
});
