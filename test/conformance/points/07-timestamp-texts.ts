import { describe, expect, it } from 'vitest';
import type { Bench } from '../bench.js';
import { micros } from '../data.js';
import { countsOf, rejects } from '../ledger.js';
import { loadTimes } from '../one-table.js';

const T = micros('2026-01-02T03:04:05Z');
const HOUR = 3_600_000_000n;

/** Text → microseconds; null: NULL without a reject. */
const ACCEPTED: Readonly<Record<string, bigint | null>> = {
  '2026-01-02 03:04:05': T,
  '2026-01-02T03:04:05': T,
  '2026-01-02 03:04:05Z': T,
  '2026-01-02T03:04:05Z': T,
  '2026-01-02 03:04:05.6': T + 600_000n,
  '2026-01-02 03:04:05.06': T + 60_000n,
  '2026-01-02T03:04:05.123456': T + 123_456n,
  '2026-01-02 03:04:05.000001Z': T + 1n,
  '2026-01-02 03:04:05+00:00': T,
  '2026-01-02 03:04:05-00:00': T,
  '2026-01-02 03:04:05+02:00': T - 2n * HOUR,
  '2026-01-02T03:04:05.5-05:30': T + 500_000n + (11n * HOUR) / 2n,
  '2024-02-29 23:59:59': micros('2024-02-29T23:59:59Z'),
  '1970-01-01 00:00:00': 0n,
  '1969-12-31 23:59:59.999999': -1n,
  '0001-01-01 00:00:00': -62_135_596_800_000_000n,
  '9999-12-31 23:59:59.999999': 253_402_300_799_999_999n,
  '1767323045': 1_767_323_045_000_000n,
  '1767323045678': 1_767_323_045_678_000n,
  '1767323045678901': 1_767_323_045_678_901n,
  '99999999999': 99_999_999_999_000_000n,
  '100000000000': 100_000_000_000_000n,
  '99999999999999': 99_999_999_999_999_000n,
  '100000000000000': 100_000_000_000_000n,
  '-1': -1_000_000n,
  '-100000000000': -100_000_000_000_000n,
  '-100000000000000': -100_000_000_000_000n,
  '0': null,
  '000': null,
  '': null,
};

const REFUSED: readonly string[] = [
  '2026-01-02',
  '2026-01-02 24:00:00',
  '2026/01/02 03:04:05',
  '2026-01-02 03:04:05.1234567',
  '2026-01-02 03:04',
  '2026-02-29 00:00:00',
  '2026-04-31 00:00:00',
  '2026-13-01 00:00:00',
  '2026-00-01 00:00:00',
  '2026-01-00 00:00:00',
  '2026-01-02 03:60:05',
  '2026-01-02 03:04:60',
  '2026-01-02 03:04:05.',
  '2026-01-02 03:04:05,5',
  '2026-01-02 03:04:05+0200',
  '2026-01-02 03:04:05+02',
  '2026-01-02 03:04:05 +02:00',
  '2026-01-02 03:04:05 UTC',
  '2026-01-02 03:04:05z',
  '2026-01-02t03:04:05',
  '2026-01-02  03:04:05',
  '2026-1-2 03:04:05',
  '02-01-2026 03:04:05',
  ' 2026-01-02 03:04:05',
  '2026-01-02 03:04:05 ',
  '2026-01-02 03:04:05\n',
  '+2026-01-02 03:04:05',
  '٢٠٢٦-01-02 03:04:05',
  '0000-01-01 00:00:00',
  '12.5',
  '1e10',
  '+5',
  '--5',
  '-',
  ' ',
  ' 5',
  '5 ',
  '99999999999999999999',
  'never',
  'null',
  '\u0000',
];

export function timestampTexts(bench: Bench): void {
  describe('7. known timestamps as text', () => {
    it('7. text in every accepted form', async () => {
      const { world, times } = await loadTimes(bench, 'string', Object.keys(ACCEPTED));
      expect(Object.fromEntries(Object.keys(ACCEPTED).map((text, n) => [text, times[n]]))).toEqual(ACCEPTED);
      expect(await rejects(world)).toEqual([]);
    });

    it('7. digits of text count by magnitude, as a day without dashes shows', async () => {
      const { times } = await loadTimes(bench, 'string', ['20260102']);
      expect(times).toEqual([20_260_102_000_000n]);
    });

    it('7. any other text is NULL; the raw value is kept in the rejects and counted', async () => {
      const { world, times } = await loadTimes(bench, 'string', REFUSED);
      expect(Object.fromEntries(REFUSED.map((text, n) => [text, times[n]]))).toEqual(
        Object.fromEntries(REFUSED.map((text) => [text, null])),
      );
      const kept = await rejects(world);
      expect(kept.map((row) => row['raw_value'])).toEqual(REFUSED);
      expect(kept[0]).toEqual({
        dump_id: 1n,
        table_name: 'click',
        row_index: 0n,
        kind: 'value',
        column_name: 'time',
        reason: 'not a timestamp',
        raw_value: '2026-01-02',
      });
      const n = REFUSED.length;
      expect(await countsOf(world, '1/click')).toBe(
        `read ${n}: inserted ${n}, updated 0, unchanged 0, filtered 0, rejected 0, values ${n}`,
      );
    });
  });
}
