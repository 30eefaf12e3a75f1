import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/render/engine.js';
import { sqlHelpers } from '../../../src/render/helpers.js';
import { fromTexts } from '../../../src/render/templates.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';

const dialect = WAREHOUSES.duckdb.dialect();

/** Renders one template with the real helpers. */
function sql(template: string, context: object, schema = 'main'): string {
  const templates = fromTexts(new Map([['t', template]]));
  return createEngine(templates, (use) => sqlHelpers(dialect, schema, use)).render('t', context).sql;
}

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run('CREATE TABLE canary AS SELECT 1 AS alive');
});
afterAll(async () => {
  const reader = await connection.runAndReadAll('SELECT alive FROM canary');
  expect(reader.getRows()).toEqual([[1]]);
  connection.closeSync();
  instance.closeSync();
});

const ATTACKS = [
  `'; DROP TABLE canary; --`,
  `"; DROP TABLE canary; --`,
  `') ; DROP TABLE canary; --`,
  `\\'; DROP TABLE canary; --`,
  '`; DROP TABLE canary; --',
  `a"b'c\`d\\e`,
  '$run_id',
  '$$; DROP TABLE canary; $$',
  '/* */ -- \n;',
  '{{literal a}}',
  "''",
  '""',
  '\u0000',
  "a\u0000'; DROP TABLE canary; --",
  '\ud83d\ude00 é \u2028 \ufeff',
  ' ',
  '__proto__',
  'constructor',
  'hasOwnProperty',
];

/** Any text an engine can hold: whole code points, quotes and backslashes far more often than chance has them. */
const text = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom("'", '"', '\\', '`', '$', ';', '-', '\n', '\0', 'a', '{', '}') }),
);

describe('what arbitrary text comes back as from DuckDB', () => {
  it('a literal: itself', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const reader = await connection.runAndReadAll(sql('SELECT {{literal a}} AS v', { a: value }));
        expect(reader.getRows()).toEqual([[value]]);
      }),
      { numRuns: 300 },
    );
  });

  it('a literal beside another literal: both themselves', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (a, b) => {
        const reader = await connection.runAndReadAll(
          sql('SELECT {{literal a}} AS v, {{literal b}} AS w', { a, b }),
        );
        expect(reader.getRows()).toEqual([[a, b]]);
      }),
      { numRuns: 100 },
    );
  });

  it('an identifier: a column of that name', async () => {
    // No catalog can hold a name with NUL in it; names with it never get so far.
    const name = text.filter((value) => value !== '' && !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(name, async (value) => {
        const reader = await connection.runAndReadAll(sql('SELECT 1 AS {{ident a}}', { a: value }));
        expect(reader.columnNames()).toEqual([value]);
      }),
      { numRuns: 300 },
    );
  });

  it('a table: that table, in a schema of any name', async () => {
    for (const name of ATTACKS.filter((value) => !value.includes('\0'))) {
      await connection.run(sql('CREATE SCHEMA {{ident a}}', { a: `s ${name}` }));
      await connection.run(
        sql(
          'CREATE TABLE {{table a}} ({{ident a}} {{type t}})',
          { a: name, t: { kind: 'int64' } },
          `s ${name}`,
        ),
      );
      await connection.run(sql('INSERT INTO {{table a}} VALUES (7)', { a: name }, `s ${name}`));
      const reader = await connection.runAndReadAll(
        sql('SELECT {{ident a}} FROM {{table a}}', { a: name }, `s ${name}`),
      );
      expect(reader.getRows()).toEqual([[7n]]);
      const where = `table_schema = ${dialect.literal(`s ${name}`)}`;
      const tables = await connection.runAndReadAll(
        `SELECT table_name FROM information_schema.tables WHERE ${where}`,
      );
      expect(tables.getRows()).toEqual([[name]]);
    }
  });

  it('numbers, booleans and NULL: themselves', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.boolean(),
        async (whole, flag) => {
          const reader = await connection.runAndReadAll(
            sql('SELECT CAST({{literal whole}} AS BIGINT), {{literal flag}}, {{literal none}}', {
              whole,
              flag,
              none: null,
            }),
          );
          expect(reader.getRows()).toEqual([[whole, flag, null]]);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('every dialect', () => {
  const dialects = Object.values(WAREHOUSES).map((warehouse) => warehouse.dialect());

  it.each(dialects)(
    '$name: two texts never become one literal or one identifier, and none ends early',
    (each) => {
      fc.assert(
        fc.property(text, text, (a, b) => {
          expect(each.literal(a) === each.literal(b)).toBe(a === b);
          const sameName =
            each.capabilities.storedCase === 'upper' ? a.toUpperCase() === b.toUpperCase() : a === b;
          expect(each.quoteIdentifier(a) === each.quoteIdentifier(b)).toBe(sameName);
        }),
      );
    },
  );

  it.each(dialects)('$name: helpers refuse what is not of their type', (each) => {
    const helpers = sqlHelpers(each, 's', { noteParameter: () => undefined, expand: () => 'x' });
    const call = (name: string, value: unknown) => () => helpers[name]?.([value], {});
    for (const value of [undefined, null, 1, true, {}, [], ['a'], '', { toString: () => 'a' }]) {
      expect(call('ident', value), `ident ${String(value)}`).toThrow();
      expect(call('table', value)).toThrow();
      expect(call('param', value)).toThrow();
      expect(call('typeNamed', value)).toThrow();
    }
    for (const value of [
      undefined,
      Number.NaN,
      Infinity,
      {},
      [],
      ['a'],
      { toString: () => 'a' },
      () => 'a',
      Symbol('a'),
    ]) {
      expect(call('literal', value)).toThrow();
    }
    for (const value of [undefined, null, 'int64', 1, {}]) expect(call('type', value)).toThrow();
    for (const value of [undefined, null, 'x', {}, 1]) expect(call('convert', value)).toThrow();
    for (const value of ['1', 1.5, Number.NaN, 2 ** 53, undefined]) expect(call('seconds', value)).toThrow();
    for (const value of ['table', 'source; DROP', '', undefined]) expect(call('alias', value)).toThrow();
  });
});
