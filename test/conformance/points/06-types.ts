import { describe, expect, it } from 'vitest';
import { type Bench, runWell } from '../bench.js';
import { dump, file, full, incremental, unscaled } from '../data.js';
import { columnsOf, rejects } from '../ledger.js';
import { loadRows } from '../one-table.js';

const ID = { event_id: 'long' };
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

const DECIMAL = { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 };

export function types(bench: Bench): void {
  describe('6. types', () => {
    it('6. string and enum become string', async () => {
      const shade = { type: 'enum', name: 'shade', symbols: ['LIGHT', 'DARK'] };
      const { world, rows } = await loadRows(bench, { s: 'string', e: shade }, [
        { s: 'x', e: 'DARK' },
        { s: null, e: null },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 's string', 'e string']);
      expect(rows).toEqual([
        { event_id: 0n, s: 'x', e: 'DARK' },
        { event_id: 1n, s: null, e: null },
      ]);
    });

    it('6. int and long become int64 and keep all 64 bits', async () => {
      const { world, rows } = await loadRows(bench, { i: 'int', l: 'long' }, [
        { i: -(2 ** 31), l: MIN },
        { i: 2 ** 31 - 1, l: MAX },
        { i: 0, l: 2n ** 53n + 1n },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'i int64', 'l int64']);
      expect(rows.map((row) => [row['i'], row['l']])).toEqual([
        [-(2n ** 31n), MIN],
        [2n ** 31n - 1n, MAX],
        [0n, 2n ** 53n + 1n],
      ]);
    });

    it('6. keys keep all 64 bits', async () => {
      const ids = [MIN, -1n, 0n, 2n ** 53n, 2n ** 53n + 1n, MAX - 1n, MAX];
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            't',
            file(
              ID,
              ids.map((event_id) => ({ event_id })),
            ),
          ),
        ),
        dump(
          2n,
          incremental(
            't',
            file(
              ID,
              ids.map((event_id) => ({ event_id })),
            ),
          ),
        ),
      );
      expect((await world.rows('t', 'event_id')).map((row) => row['event_id'])).toEqual(ids);
    });

    it('6. float and double become float64', async () => {
      const values = [0, 1.5, 0.1, -2.5e-300, Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53];
      const { world, rows } = await loadRows(
        bench,
        { f: 'float', d: 'double' },
        values.map((d) => ({ f: 0.25, d })),
      );
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'f float64', 'd float64']);
      expect(rows.map((row) => row['d'])).toEqual(values);
      expect(rows[0]?.['f']).toBe(0.25);
    });

    it('14. -0, NaN and the infinities survive, else they are rejected', async () => {
      const values = [-0, NaN, Infinity, -Infinity];
      const { world, rows } = await loadRows(
        bench,
        { d: 'double' },
        values.map((d) => ({ d })),
      );
      const rejected = new Set((await rejects(world)).map((row) => row['row_index']));
      for (const [n, value] of values.entries()) {
        const kept = rows.find((row) => row['event_id'] === BigInt(n))?.['d'];
        if (kept === null || kept === undefined) expect(rejected).toContain(BigInt(n));
        else expect(kept).toBe(value);
      }
    });

    it('6. boolean becomes bool, bytes and fixed become bytes', async () => {
      const all = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      const fixed = { type: 'fixed', name: 'four', size: 4 };
      const { world, rows } = await loadRows(bench, { b: 'boolean', y: 'bytes', f: fixed }, [
        { b: true, y: all, f: Buffer.from([0, 255, 0, 1]) },
        { b: false, y: Buffer.alloc(0), f: Buffer.alloc(4) },
        { b: null, y: null, f: null },
      ]);
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'b bool', 'y bytes', 'f bytes']);
      expect(rows.map((row) => [row['b'], row['y'], row['f']])).toEqual([
        [true, all.toString('base64'), 'AP8AAQ=='],
        [false, '', 'AAAAAA=='],
        [null, null, null],
      ]);
    });

    it('6. date becomes date, also far away', async () => {
      const days = [0, -1, 20_000, -719_162, 2_932_896, -141_427];
      const { world, rows } = await loadRows(
        bench,
        { d: { type: 'int', logicalType: 'date' } },
        days.map((d) => ({ d })),
      );
      expect(await columnsOf(world, 't')).toEqual(['event_id int64', 'd date']);
      expect(rows.map((row) => row['d'])).toEqual([
        '1970-01-01',
        '1969-12-31',
        '2024-10-04',
        '0001-01-01',
        '9999-12-31',
        '1582-10-15',
      ]);
    });

    it('6. timestamps of all four kinds become timestamp in UTC with microseconds, also far away', async () => {
      const kinds = [
        'timestamp-millis',
        'timestamp-micros',
        'local-timestamp-millis',
        'local-timestamp-micros',
      ];
      const fields = Object.fromEntries(
        kinds.map((kind, n) => [`t${n}`, { type: 'long', logicalType: kind }]),
      );
      const first = -62_135_596_800_000n;
      const last = 253_402_300_799_999n;
      const { world, rows } = await loadRows(bench, fields, [
        { t0: 5n, t1: 5n, t2: 5n, t3: 5n },
        { t0: -1n, t1: -1n, t2: -1n, t3: -1n },
        { t0: first, t1: first * 1000n, t2: first, t3: first * 1000n },
        { t0: last, t1: last * 1000n + 999n, t2: last, t3: last * 1000n + 999n },
      ]);
      expect(await columnsOf(world, 't')).toEqual([
        'event_id int64',
        ...kinds.map((_, n) => `t${n} timestamp`),
      ]);
      expect(rows.map((row) => kinds.map((_, n) => row[`t${n}`]))).toEqual([
        [5000n, 5n, 5000n, 5n],
        [-1000n, -1n, -1000n, -1n],
        [first * 1000n, first * 1000n, first * 1000n, first * 1000n],
        [last * 1000n, last * 1000n + 999n, last * 1000n, last * 1000n + 999n],
      ]);
    });

    it('6. decimals stay exact', async () => {
      const wide = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 };
      const small = { type: 'fixed', name: 'small', size: 4, logicalType: 'decimal', precision: 5, scale: 0 };
      const nines = 10n ** 38n - 1n;
      const { world, rows } = await loadRows(bench, { d: DECIMAL, w: wide, s: small }, [
        { d: unscaled(1250n), w: unscaled(nines), s: Buffer.from([0, 1, 0x86, 0x9f]) },
        { d: unscaled(-1n), w: unscaled(-nines), s: Buffer.from([0xff, 0xff, 0xff, 0xff]) },
        { d: unscaled(0n), w: unscaled(1n), s: Buffer.alloc(4) },
      ]);
      expect(await columnsOf(world, 't')).toEqual([
        'event_id int64',
        'd decimal(12,2)',
        'w decimal(38,9)',
        's decimal(5,0)',
      ]);
      expect(rows.map((row) => [row['d'], row['w'], row['s']].map(plainDecimal))).toEqual([
        ['12.5', '99999999999999999999999999999.999999999', '99999'],
        ['-0.01', '-99999999999999999999999999999.999999999', '-1'],
        ['0', '0.000000001', '0'],
      ]);
    });

    it('6. whole numbers and decimals without a fraction go on in their own columns', async () => {
      const wide = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 0 };
      const narrow = { type: 'bytes', logicalType: 'decimal', precision: 19, scale: 0 };
      const nines = 10n ** 38n - 1n;
      const world = await bench.loaded({}, dump(1n, full('t', file({ ...ID, w: wide, n: narrow }, []))));
      const fields = { ...ID, w: wide, n: narrow, added_w: wide, added_i: 'long' };
      for (const event_id of [1n, 2n]) {
        const row = {
          event_id,
          w: unscaled(nines),
          n: unscaled(5n),
          added_w: unscaled(-nines),
          added_i: MAX,
        };
        await world.write(dump(event_id + 1n, incremental('t', file(fields, [row]))));
        await runWell(world);
      }
      expect(await columnsOf(world, 't')).toEqual([
        'event_id int64',
        'w decimal(38,0)',
        'n decimal(19,0)',
        'added_w decimal(38,0)',
        'added_i int64',
      ]);
      const rows = await world.rows('t', 'event_id');
      expect(rows.map((row) => [row['event_id'], String(row['w']), String(row['added_w'])])).toEqual([
        [1n, nines.toString(), (-nines).toString()],
        [2n, nines.toString(), (-nines).toString()],
      ]);
    });
  });
}

/** Warehouses differ in the zeros at the end of a decimal. */
function plainDecimal(value: unknown): string {
  const text = String(value);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
