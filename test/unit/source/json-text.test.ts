import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, type JsonValue, parseJsonText } from '../../../src/source/json-text.js';

function failure(text: string): { line: number; column: number; message: string } {
  try {
    parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      return { line: error.line, column: error.column, message: error.message };
    throw error;
  }
  throw new Error(`${text} was read`);
}

/** bigint → number, so that a value can be compared with what JSON.parse makes of the same text. */
function rounded(value: JsonValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rounded(member)]));
}

describe('parseJsonText', () => {
  it('keeps every digit of integers', () => {
    expect(parseJsonText('[9007199254740993, 9223372036854775807, -9223372036854775808, 0, -0]')).toEqual([
      9007199254740993n,
      9223372036854775807n,
      -9223372036854775808n,
      0n,
      0n,
    ]);
    expect(parseJsonText('[1.0, 1e3, 123456789012345678901]')).toEqual([
      1,
      1000,
      Number('123456789012345678901'),
    ]);
  });

  it('agrees with JSON.parse on all JSON, numbers aside', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(rounded(parseJsonText(spaced))).toEqual(rounded(JSON.parse(spaced) as JsonValue));
      }),
    );
  });

  it('accepts exactly what JSON.parse accepts, in any broken text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '\\u00',
      '1',
      '-',
      '.',
      'e',
      '0',
      'true',
      'null',
      ' ',
      '\n',
      '\u00a0',
      'x',
      '\u0001',
    );
    const accepts = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
        const text = pieces.join('');
        const twice = text.split('"a"').length > 2;
        if (!twice)
          expect([text, accepts(() => parseJsonText(text))]).toEqual([text, accepts(() => JSON.parse(text))]);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([
    ['', 1, 1, 'the text ends here'],
    ['{"a":1,\n "b":x}', 2, 6, 'expected a value, found "x"'],
    ['{"a": [1, 2', 1, 12, "',' or ']'"],
    ['{"a":1}}', 1, 8, 'the end of the text'],
    ['{"a":1,\r\n}', 2, 1, 'a key in double quotes'],
    ['["x\ny"]', 1, 4, 'control character'],
    ['["\\x"]', 1, 4, 'an escape'],
    ['["abc', 1, 6, 'a closing'],
    ['{"a":1,\n"a":2}', 2, 1, 'stands here twice'],
    ['-', 1, 2, 'a digit'],
    ['\n\n  tru', 3, 3, 'a value'],
  ])('says where %j is broken', (text, line, column, message) => {
    const error = failure(text);
    expect(error).toMatchObject({ line, column });
    expect(error.message).toContain(message);
  });

  it('takes __proto__ for a key like any other', () => {
    const value = parseJsonText(
      '{"__proto__": {"polluted": true}, "constructor": 1, "toString": 2}',
    ) as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses nesting made to exhaust the stack', () => {
    expect(failure('['.repeat(1_000_000)).message).toContain('levels of nesting');
  });

  it('reads a long text in one pass', () => {
    const uri = `s3://bucket/sync_1/users/part-00000-${'0'.repeat(80)}.avro`;
    const text = JSON.stringify({ files: Array.from({ length: 200_000 }, () => uri) });
    const started = performance.now();
    const value = parseJsonText(text) as { files: string[] };
    expect(value.files).toHaveLength(200_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
