import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateText, decimalText, doubleText, timestampText } from '../../../src/avro/scalar-text.js';

describe('doubleText', () => {
  it.each([
    [1, '1.0'],
    [-0, '-0.0'],
    [1e15, '1000000000000000.0'],
    [9999999999999998, '9999999999999998.0'],
    [1e16, '1e+16'],
    [1.5e300, '1.5e+300'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [1e-5, '1e-05'],
    [-1.25e-7, '-1.25e-07'],
    [123456.789, '123456.789'],
    [5e-324, '5e-324'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
  ])('%d → %s', (value, text) => {
    expect(doubleText(value)).toBe(text);
  });

  it('reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(doubleText(value))).toBe(value);
      }),
    );
  });
});

describe('dates and timestamps', () => {
  it('agree with Date as far as Date goes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }), (millis) => {
        const iso = new Date(millis).toISOString();
        expect(timestampText(BigInt(millis) * 1000n)).toBe(iso.replace('Z', '000Z'));
      }),
    );
  });

  it('go on beyond it', () => {
    expect(dateText(2n ** 31n - 1n)).toBe('+5881580-07-11');
    expect(dateText(-(2n ** 31n))).toBe('-5877641-06-23');
    expect(timestampText(2n ** 63n - 1n)).toBe('+294247-01-10T04:00:54.775807Z');
    expect(timestampText(-(2n ** 63n))).toBe('-290308-12-21T19:59:05.224192Z');
    expect(timestampText(-1n)).toBe('1969-12-31T23:59:59.999999Z');
  });
});

describe('decimalText', () => {
  it.each([
    [-1250n, 2, '-12.50'],
    [0n, 0, '0'],
    [0n, 3, '0.000'],
    [-5n, 2, '-0.05'],
    [-5n, 0, '-5'],
    [10n ** 40n, 1, `1${'0'.repeat(39)}.0`],
  ])('%d with scale %d → %s', (unscaled, scale, text) => {
    expect(decimalText(unscaled, scale)).toBe(text);
  });
});
