import { describe, expect, it } from 'vitest';
import { KnownSchemas } from '../../../src/avro/known-schemas.js';
import { Malformed } from '../../../src/avro/problem.js';

const text = (...names: string[]): string =>
  JSON.stringify({ type: 'record', name: 'R', fields: names.map((name) => ({ name, type: 'long' })) });

describe('schemas of several files', () => {
  it('are one object where their text is the same, and others where it is not', () => {
    const schemas = new KnownSchemas();
    const first = schemas.of(text('a', 'b'));
    expect(first.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(schemas.of(text('a', 'b'))).toBe(first);
    expect(schemas.of(text('b', 'a')).columns.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(schemas.of(text('a', 'b'))).toBe(first);
  });

  it('are refused each time', () => {
    const schemas = new KnownSchemas();
    for (let n = 0; n < 2; n += 1) expect(() => schemas.of(text('a', 'a'))).toThrow(Malformed);
  });
});
