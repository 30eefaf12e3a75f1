import { describe, expect, it } from 'vitest';
import { bigintOf, optionalBigint, optionalText, textOf } from '../../../src/run/rows.js';

const ROW = {
  text: 'a',
  empty: '',
  whole: 2n ** 62n,
  small: 3,
  part: 1.5,
  huge: 2 ** 53,
  flag: true,
  none: null,
  UPPER: 'U',
  COUNT: 7n,
};

describe('reading result rows', () => {
  it('gives values of the type asked for, names without case', () => {
    expect([textOf(ROW, 'text'), textOf(ROW, 'empty'), textOf(ROW, 'upper')]).toEqual(['a', '', 'U']);
    expect([bigintOf(ROW, 'whole'), bigintOf(ROW, 'small'), bigintOf(ROW, 'count')]).toEqual([
      2n ** 62n,
      3n,
      7n,
    ]);
  });

  it('NULL and a column that is not there are undefined where that may be', () => {
    expect([optionalText(ROW, 'none'), optionalText(ROW, 'nowhere')]).toEqual([undefined, undefined]);
    expect([optionalBigint(ROW, 'none'), optionalBigint(ROW, 'nowhere')]).toEqual([undefined, undefined]);
  });

  it.each(['whole', 'flag', 'none', 'nowhere'])('text: %s throws and names the column', (name) => {
    expect(() => textOf(ROW, name)).toThrow(`column ${name} of a ledger row is not a string`);
  });

  it.each(['text', 'flag', 'part', 'huge', 'none', 'nowhere'])(
    'integer: %s throws, whatever would have to be rounded',
    (name) => {
      expect(() => bigintOf(ROW, name)).toThrow(`column ${name} of a ledger row is not an integer`);
    },
  );
});
