import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naturalSortKey } from '../../../src/source/natural-order.js';

type Token = { readonly number: bigint; readonly zeros: number } | { readonly code: number };

function tokens(key: string): Token[] {
  const found: Token[] = [];
  let digits = '';
  const flush = (): void => {
    if (digits !== '')
      found.push({ number: BigInt(digits), zeros: digits.length - BigInt(digits).toString().length });
    digits = '';
  };
  for (const character of key) {
    if (character >= '0' && character <= '9') digits += character;
    else {
      flush();
      found.push({ code: character.codePointAt(0) ?? -1 });
    }
  }
  flush();
  return found;
}

/** The order as its description says it, written without the encoding. */
function compareNaturally(a: string, b: string): number {
  const [left, right] = [tokens(a), tokens(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const [x, y] = [left[i], right[i]];
    if (x === undefined || y === undefined) throw new Error('unreachable');
    if ('number' in x && 'number' in y) {
      if (x.number !== y.number) return x.number < y.number ? -1 : 1;
    } else {
      const [p, q] = [x, y].map((token) => ('code' in token ? token.code : 0x30)) as [number, number];
      if (p !== q) return p - q;
    }
  }
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i += 1) {
    const [x, y] = [left[i], right[i]];
    if (x !== undefined && y !== undefined && 'zeros' in x && 'zeros' in y && x.zeros !== y.zeros)
      return x.zeros - y.zeros;
  }
  return 0;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const key = fc.oneof(
  fc.string({
    unit: fc.constantFrom('0', '0', '1', '9', '12', 'a', '-', '.', '/', ':', '_', '!', '#', '~'),
    maxLength: 8,
  }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.string({
    unit: fc.constantFrom(' ', '"', '#', '$', '}', '~', '\u007f', '\u0080', '\uffff', '\u{10000}', '5'),
    maxLength: 5,
  }),
  fc.bigInt({ min: 0n, max: 10n ** 40n }).map((n) => `sync_${n.toString()}`),
);

describe('naturalSortKey', () => {
  it('orders as people do', () => {
    const ordered = [
      '',
      'sync_',
      'sync_-1',
      'sync_0',
      'sync_00',
      'sync_9',
      'sync_09',
      'sync_9/a',
      'sync_09/a',
      'sync_9/b',
      'sync_999',
      'sync_1000',
      'sync_1008461850',
      'sync_9223372036854775807',
      'sync_9223372036854775808',
      `sync_1${'0'.repeat(400)}`,
      'sync_a',
      'sync_é',
      'sync_日',
      'sync_😀',
    ];
    const shuffled = [...ordered].reverse();
    expect(shuffled.sort((a, b) => compareText(naturalSortKey(a), naturalSortKey(b)))).toEqual(ordered);
  });

  it('stays what it is: encodings stand in ledgers', () => {
    expect(naturalSortKey('sync_999/users/part-00010-é~.avro')).toBe(
      'sync_13999/users/part-1210-~0000e9~00007e.avro!1013',
    );
    expect(naturalSortKey('a b')).toBe('a#20b');
  });

  it('compares as plain text exactly as the keys compare numeric-aware', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(compareText(naturalSortKey(a), naturalSortKey(b))).toBe(Math.sign(compareNaturally(a, b)));
      }),
      { numRuns: 5000 },
    );
  });

  it('compares so for keys that share most of their text', () => {
    fc.assert(
      fc.property(key, key, key, key, (head, a, b, tail) => {
        const [left, right] = [head + a + tail, head + b + tail];
        expect(compareText(naturalSortKey(left), naturalSortKey(right))).toBe(
          Math.sign(compareNaturally(left, right)),
        );
      }),
      { numRuns: 5000 },
    );
  });

  it('is different for different keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(naturalSortKey(a) === naturalSortKey(b)).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });

  it('is plain ASCII without spaces or quotes, so that bytes and code units agree', () => {
    fc.assert(
      fc.property(key, (text) => {
        expect(naturalSortKey(text)).toMatch(/^[!#-~]*$/);
      }),
    );
  });
});
