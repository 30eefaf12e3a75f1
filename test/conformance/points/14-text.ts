import { describe, expect, it } from 'vitest';
import { type Bench } from '../bench.js';
import { clicks, dump, file, full, incremental } from '../data.js';
import { holdsText } from '../ledger.js';

const TEXTS: Readonly<Record<string, string>> = {
  'the empty text': '',
  'one space': ' ',
  'spaces around': '  a  ',
  'tabs and line ends': '\ta\r\nb\n',
  'a leading byte order mark': '\uFEFFa',
  'only a byte order mark': '\uFEFF',
  'two byte order marks': '\uFEFF\uFEFFa',
  'a byte order mark inside': 'a\uFEFF',
  'a NUL character': 'a\u0000b',
  'only a NUL character': '\u0000',
  'other control characters': '\u0001\u0008\u001b\u007f\u0085',
  emoji: '👍🏽 👩‍👩‍👧‍👦',
  'a composed letter': '\u00e9',
  'a combining mark': 'e\u0301',
  'ligatures and compatibility forms': 'ﬁ Å Ω ①',
  'no-break and zero-width spaces': '\u00a0\u200b\u2028\u3000',
  'right to left': 'שלום \u202eabc',
  'the last code points': '\uFFFD\uFFFF\u{10FFFF}',
  quotes: `it's "quoted" \`and\` \\escaped\\ '' \\'`,
  'a template': '${a} {{b}} $1 @x :y ? %s',
  'looks like NULL': 'NULL',
  'looks like a number': '007',
  'looks like JSON': '{"a": null}',
  'looks like a comment': "-- '; DROP TABLE click; /*",
};

export function text(bench: Bench): void {
  describe('14. text is kept byte for byte', () => {
    const entries = Object.values(TEXTS);

    for (const [kind, table] of [
      ['inserted', incremental],
      ['replaced', full],
    ] as const) {
      it(`14. no trimming, no normalising, and '' is not NULL, ${kind}`, async () => {
        const rows = entries.map((label, n): [bigint, string] => [BigInt(n), label]);
        const world = await bench.loaded({}, dump(1n, table('click', clicks(...rows, [-1n, null]))));
        const lost: string[] = [];
        for (const [name, label] of Object.entries(TEXTS)) {
          if (!(await holdsText(world, 'click', 'label', label))) lost.push(name);
        }
        expect(lost).toEqual([]);
        const loaded = await world.rows('click', 'event_id');
        expect(loaded[0]).toEqual({ event_id: -1n, label: null });
        expect(loaded[1]).toEqual({ event_id: 0n, label: '' });
      });
    }

    it('14. … also when it overwrites, and in a key', async () => {
      const fields = { event_id: 'string', label: 'string' };
      const world = await bench.loaded(
        {},
        dump(
          1n,
          full(
            'click',
            file(
              fields,
              entries.map((event_id) => ({ event_id, label: 'old' })),
            ),
          ),
        ),
        dump(
          2n,
          incremental(
            'click',
            file(
              fields,
              entries.map((event_id) => ({ event_id, label: event_id })),
            ),
          ),
        ),
      );
      const lost: string[] = [];
      for (const [name, label] of Object.entries(TEXTS)) {
        const kept =
          (await holdsText(world, 'click', 'event_id', label)) &&
          (await holdsText(world, 'click', 'label', label));
        if (!kept) lost.push(name);
      }
      expect(lost).toEqual([]);
      expect(await world.rows('click', 'event_id')).toHaveLength(entries.length);
    });

    it('14. a text that is not there is not found, which the tests above rest on', async () => {
      const world = await bench.loaded(
        {},
        dump(1n, full('click', clicks([1n, 'a'], [2n, ''], [3n, 'e\u0301']))),
      );
      for (const other of ['\uFEFFa', 'a ', ' a', 'A', ' ', '\u00e9', 'e', 'a\u0000']) {
        expect(await holdsText(world, 'click', 'label', other), JSON.stringify(other)).toBe(false);
      }
    });

    it('14. a very long text', async () => {
      const long = 'ä👍 \n'.repeat(200_000);
      const world = await bench.loaded({}, dump(1n, full('click', clicks([1n, long], [2n, 'b']))));
      expect((await world.rows('click', 'event_id'))[0]?.['label'] === long).toBe(true);
    });
  });
}
