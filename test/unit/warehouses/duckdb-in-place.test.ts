import { readFileSync, readdirSync, readlinkSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LocalBlock } from '../../../src/avro/local-container.js';
import { openStore } from '../../../src/source/open-store.js';
import type { Operation, Row } from '../../../src/warehouse/contract.js';
import { type ClickRow, click, clicks, dump, full, incremental } from '../../conformance/data.js';
import { describeFailures, runWell, spoil } from '../../conformance/bench.js';
import { unhurried } from '../../../warehouses/duckdb/local-files.js';
import { elsewhere } from '../../support/elsewhere.js';
import type { DumpSpec, FileSpec } from '../../support/dump-writer.js';
import { type Target, duckdbTableTarget, duckdbTarget } from '../../support/target.js';
import { type RunOptions, World } from '../../support/world.js';

const worlds: World[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.dispose();
});

async function worldOf(target: Target, root?: string): Promise<World> {
  const world = await World.create(target, {}, root);
  worlds.push(world);
  return world;
}

const STAGINGS: readonly (readonly [string, Target])[] = [
  ['keys', duckdbTarget],
  ['table', duckdbTableTarget],
];

/** Rows of several blocks, some of them without a key, so that both winners and rejects are read again. */
function manyClicks(name: string, from: number, count: number, label: string): FileSpec {
  const rows = Array.from({ length: count }, (_, n): ClickRow => {
    const id = n % 97 === 5 ? null : BigInt(from + n);
    return [id, `${label} ${n} ${'x'.repeat(n % 400)}`];
  });
  return { ...clicks(...rows), name, rowsPerBlock: 500 };
}

/** A first load, one that updates and adds, and one of a table with many blocks of which few rows count. */
const DUMPS: readonly DumpSpec[] = [
  dump(1n, full('click', manyClicks('a.avro', 0, 6000, 'a'), manyClicks('b.avro', 3000, 6000, 'b'))),
  dump(2n, incremental('click', manyClicks('c.avro', 8000, 3000, 'c'), manyClicks('d.avro', 0, 0, ''))),
  dump(3n, incremental('click', manyClicks('e.avro', 10_500, 4000, 'e'))),
];

async function contentOf(world: World): Promise<Record<string, readonly Row[]>> {
  const rejects = `SELECT dump_id, file_key, row_index, kind, raw_value, reason FROM ${world.table('_heapload_rejects')} ORDER BY ALL`;
  const counts = `SELECT dump_id, rows_read, rows_inserted, rows_updated, rows_rejected FROM ${world.table('_heapload_loads')} ORDER BY ALL`;
  return {
    rows: await world.query(`SELECT * FROM ${world.table('click')} ORDER BY ALL`),
    rejects: await world.query(rejects),
    counts: await world.query(counts),
  };
}

/** Copies of files that this process has open, which have lost their names. */
function spools(): number {
  const handles = readdirSync('/proc/self/fd').map((handle) => {
    try {
      return readlinkSync(`/proc/self/fd/${handle}`);
    } catch {
      return '';
    }
  });
  return handles.filter((target) => target.includes('heapload-spool-')).length;
}

describe.each(STAGINGS)('files read in place, staging: %s', (_staging, target) => {
  it('give the tables, the rejects and the counts that copied files give', async () => {
    const inPlace = await worldOf(target);
    const copied = await worldOf(target, inPlace.root);
    for (const [n, spec] of DUMPS.entries()) {
      await inPlace.write(spec);
      await runWell(inPlace);
      await runWell(copied, { store: elsewhere(await openStore(copied.config.source)) });
      const content = await contentOf(inPlace);
      expect(content).toEqual(await contentOf(copied));
      expect(content['counts']).toHaveLength(n + 1);
      expect(content['rejects']?.length).toBeGreaterThan(0);
    }
  });

  it.skipIf(process.platform !== 'linux')('are not copied, and none stays open', async () => {
    const world = await worldOf(target);
    await world.write(...DUMPS);
    const seen: { readonly copies: number; readonly open: number }[] = [];
    const watch: RunOptions['onOperation'] = () => {
      const open = readdirSync('/proc/self/fd').filter((handle) => {
        try {
          return readlinkSync(`/proc/self/fd/${handle}`).endsWith('.avro');
        } catch {
          return false;
        }
      });
      seen.push({ copies: spools(), open: open.length });
    };
    await runWell(world, { onOperation: watch });
    expect(new Set(seen.map(({ copies, open }) => copies + open))).toEqual(new Set([0]));
    expect(seen.length).toBeGreaterThan(10);
    const other = await worldOf(target, world.root);
    seen.length = 0;
    await runWell(other, { onOperation: watch, store: elsewhere(await openStore(other.config.source)) });
    // Files of a source that is elsewhere are kept until the load is published; with `table` until they are staged.
    expect(seen.some(({ copies }) => copies > 0)).toBe(target === duckdbTarget);
  });
});

describe('of two damaged files the first is told', () => {
  it.each([false, true])('copied: %s', async (isCopied) => {
    const world = await worldOf(duckdbTarget);
    const files = [manyClicks('a.avro', 0, 3000, 'a'), manyClicks('b.avro', 0, 9000, 'b')];
    // What is wrong with the last one shows sooner: it is small.
    await world.write(dump(1n, full('click', ...files, manyClicks('c.avro', 0, 600, 'c'))));
    for (const name of ['b', 'c'])
      await spoil(world, `sync_1/click/${name}.avro`, (bytes) => bytes.subarray(0, -7));
    const store = await openStore(world.config.source);
    const ran = await world.run({ store: isCopied ? elsewhere(store) : store });
    expect(describeFailures(ran)).toEqual(['1 click AVRO_INVALID']);
    expect(ran.result.failures[0]?.error.place).toMatchObject({ file: 'sync_1/click/b.avro' });
  });
});

describe('a long file', () => {
  const block = (n: number): LocalBlock => ({ rows: 1, offset: n * 100_000, packed: undefined });
  const blocks = Array.from({ length: 100 }, (_, n) => block(n));

  it('is looked through with pauses, in which others have their turn', async () => {
    let turns = 0;
    const tick = (): void => {
      turns += 1;
      next = setImmediate(tick);
    };
    let next = setImmediate(tick);
    const found: LocalBlock[] = [];
    await unhurried(blocks, new AbortController().signal, (one) => found.push(one));
    clearImmediate(next);
    expect(found).toEqual(blocks);
    // 10 MB, a pause for each.
    expect(turns).toBeGreaterThanOrEqual(8);
  });

  it('is left when the run is interrupted', async () => {
    const controller = new AbortController();
    let seen = 0;
    const visit = (): void => {
      seen += 1;
      controller.abort();
    };
    await expect(unhurried(blocks, controller.signal, visit)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(seen).toBeLessThan(20);
  });
});

describe('a file that changes between being looked through and being read', () => {
  const KEY = 'sync_2/click/b.avro';
  const named = (name: string, ...rows: readonly ClickRow[]): FileSpec => ({ ...clicks(...rows), name });
  const changes: Readonly<Record<string, readonly [string, (file: string) => void]>> = {
    rewritten: [
      'SOURCE_CHANGED',
      (file) => {
        writeFileSync(file, readFileSync(file).toReversed());
      },
    ],
    'touched, of the same size': [
      'SOURCE_CHANGED',
      (file) => {
        utimesSync(file, new Date(5000), new Date(5000));
      },
    ],
    cut: [
      'SOURCE_CHANGED',
      (file) => {
        writeFileSync(file, readFileSync(file).subarray(0, -7));
      },
    ],
    removed: [
      'SOURCE_MISSING',
      (file) => {
        rmSync(file);
      },
    ],
  };

  async function loaded(change: (file: string) => void, isFirst: boolean, code: string): Promise<void> {
    const world = await worldOf(duckdbTarget);
    if (!isFirst) {
      await world.write(dump(1n, full('click', clicks([1n, 'old']))));
      await runWell(world);
    }
    await world.write(
      dump(
        2n,
        incremental('click', named('a.avro', [1n, 'a']), named('b.avro', [2n, 'b'])),
        incremental('other', clicks([1n, 'x'])),
      ),
    );
    const file = path.join(world.root, KEY);
    const before = readFileSync(file);
    const onOperation = (moment: string, operation: Operation): void => {
      if (moment === 'after' && operation.kind === 'transfer' && operation.into.name.includes('click'))
        change(file);
    };
    const ran = await world.run({ onOperation });
    expect(describeFailures(ran)).toEqual([`2 click ${code}`]);
    expect(ran.result.failures[0]?.error.place).toMatchObject({ file: KEY, dump: 2n, table: 'click' });
    expect(await world.rows('other', 'event_id')).toEqual([click(1n, 'x')]);
    if (!isFirst) expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'old')]);
    writeFileSync(file, before);
    await runWell(world);
    expect(await world.rows('click', 'event_id')).toEqual([click(1n, 'a'), click(2n, 'b')]);
  }

  it.each(Object.entries(changes))(
    '%s: fails its first load, and no other table',
    async (_, [code, change]) => {
      await loaded(change, true, code);
    },
  );

  it.each(Object.entries(changes))(
    '%s: fails a later load, which changes nothing',
    async (_, [code, change]) => {
      await loaded(change, false, code);
    },
  );
});
