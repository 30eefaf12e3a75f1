import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameKey } from '../../../src/schema/identifiers.js';
import {
  BOOL,
  BYTES,
  DATE,
  FLOAT64,
  INT64,
  JSON_TYPE,
  type LogicalType,
  STRING,
  TIMESTAMP,
} from '../../../src/schema/logical-types.js';
import type { Statement } from '../../../src/warehouse/contract.js';
import { snowflakeDialect as dialectFor } from '../../../warehouses/snowflake/dialect.js';
import { literal, quoteIdentifier } from '../../../warehouses/snowflake/quoting.js';
import { columnType, parseColumnType, storedType } from '../../../warehouses/snowflake/types.js';
import { BIND_PLACES } from '../../../warehouses/snowflake/parameters.js';
import { EVERY_STEP, HOSTILE, queries, stepRenderer } from './every-step.js';

const snowflakeDialect = dialectFor();

/** Any text, and texts made of what ends or escapes literals. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\\', "'", '"', '\n', '\r', '\0', 'n', 'u', 'x', '0', 'a', 'ß', 'ſ', '-'),
  }),
  fc.constant(HOSTILE),
);

/** Reads a string constant as Snowflake's lexer does; undefined when it is not exactly one. */
function readLiteral(sql: string): string | undefined {
  const body = /^'((?:[^\\'\n\r]|''|\\(?:[\\n]|u[0-9a-f]{4}))*)'$/u.exec(sql)?.[1];
  return body?.replace(/''|\\(?:u([0-9a-f]{4})|([\\n]))/g, (token, hex: string | undefined) => {
    if (token === "''") return "'";
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    return token === '\\n' ? '\n' : '\\';
  });
}

function withoutLiterals(sql: string): string {
  return sql.replace(/'(?:[^'\\]|''|\\.)*'/g, "''");
}

/** Quoted names that Snowflake would not store in upper case. */
function lowerCaseNames(sql: string): readonly string[] {
  return [...sql.matchAll(/"(?:[^"]|"")*"/g)].map(([name]) => name).filter((name) => /[a-z]/.test(name));
}

describe('names and values', () => {
  it('any text is one string constant that reads back as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(readLiteral(literal(text))).toBe(text);
      }),
    );
  });

  it('any text is one identifier, and two are the same only when heapload takes them for one name', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        expect(quoteIdentifier(one)).toMatch(/^"(?:[^"]|"")*"$/u);
        const stored = quoteIdentifier(one).slice(1, -1).replaceAll('""', '"');
        expect(nameKey(stored)).toBe(nameKey(one));
        if (quoteIdentifier(one) === quoteIdentifier(other)) expect(nameKey(one)).toBe(nameKey(other));
      }),
    );
  });

  it.each([
    ['user_id', '"USER_ID"'],
    ['User Id', '"USER ID"'],
    ['a"b', '"A""B"'],
    ['straße', '"STRAßE"'],
  ])('%s is stored as %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it('a table is schema and table, each quoted', () => {
    expect(snowflakeDialect.quoteTable({ schema: 'heap', name: 'a"."b' })).toBe('"HEAP"."A"".""B"');
  });

  it.each([
    [9223372036854775807n, '9223372036854775807'],
    [1.5, '1.5'],
    [NaN, "CAST('NaN' AS FLOAT)"],
    [Infinity, "CAST('inf' AS FLOAT)"],
    [-Infinity, "CAST('-inf' AS FLOAT)"],
    [true, 'TRUE'],
    [null, 'NULL'],
    ["it's \\ and\n", "'it''s \\\\ and\\n'"],
  ])('%s is %s', (value, sql) => {
    expect(literal(value)).toBe(sql);
  });
});

describe('types', () => {
  it.each([
    [STRING, 'VARCHAR'],
    [INT64, 'NUMBER(38,0)'],
    [FLOAT64, 'FLOAT'],
    [BOOL, 'BOOLEAN'],
    [BYTES, 'BINARY'],
    [DATE, 'DATE'],
    [TIMESTAMP, 'TIMESTAMP_NTZ(6)'],
    [JSON_TYPE, 'VARIANT'],
    [{ kind: 'decimal', precision: 37, scale: 0 }, 'NUMBER(37,0)'],
    [{ kind: 'decimal', precision: 19, scale: 2 }, 'NUMBER(19,2)'],
  ] satisfies [LogicalType, string][])('%o is %s, and back', (type, native) => {
    expect(columnType(type)).toBe(native);
    expect(storedType(type)).toBe(native);
    expect(parseColumnType(native)).toEqual(type);
  });

  it('every decimal is read back as itself, never as an integer', () => {
    const decimals = fc.integer({ min: 1, max: 38 }).chain((precision) =>
      fc.record({
        kind: fc.constant('decimal' as const),
        precision: fc.constant(precision),
        scale: fc.integer({ min: 0, max: precision }),
      }),
    );
    fc.assert(
      fc.property(decimals, (type) => {
        expect(parseColumnType(storedType(type))).toEqual(type);
        expect(storedType(type)).toMatch(/^NUMBER\(\d+,\d+\)/);
      }),
      { examples: [[{ kind: 'decimal', precision: 38, scale: 0 }]] },
    );
  });

  it('a value has the same type whether its column needs a comment or not', () => {
    const widest: LogicalType = { kind: 'decimal', precision: 38, scale: 0 };
    expect(columnType(widest)).toBe(columnType(INT64));
    expect(storedType(widest)).toBe("NUMBER(38,0) COMMENT 'heapload: decimal(38,0)'");
    const query = queries(snowflakeDialect)['columns'] ?? '';
    expect(query).toContain(`THEN ${snowflakeDialect.literal(storedType(widest))}`);
    expect(query).toContain(`CONTAINS("COMMENT", 'heapload: decimal(38,0)')`);
  });

  it('text is called TEXT in the catalog, and a timestamp may come without its digits', () => {
    expect(parseColumnType('TEXT')).toEqual(STRING);
    expect(parseColumnType('TIMESTAMP_NTZ')).toEqual(TIMESTAMP);
    expect(queries(snowflakeDialect)['columns']).toContain(
      `COALESCE('(' || "DATETIME_PRECISION" || ')', '')`,
    );
  });

  it.each(['NUMBER', 'TIMESTAMP_NTZ(9)', 'TIMESTAMP_TZ(6)', 'OBJECT', 'ARRAY', ''])(
    '%s is foreign',
    (native) => {
      expect(parseColumnType(native)).toBeUndefined();
    },
  );
});

describe('atomically', () => {
  it('puts the statements, unchanged, between BEGIN and COMMIT', () => {
    const statement: Statement = {
      kind: 'statement',
      sql: 'UPDATE a SET x = 1',
      parameters: ['run_id'],
      expect: { count: 'changed', rows: 1, otherwise: 'LEASE_LOST', message: 'gone' },
    };
    expect(snowflakeDialect.atomically([statement])).toEqual([
      { kind: 'statement', sql: 'BEGIN TRANSACTION', parameters: [], transaction: 'begin' },
      { ...statement, transaction: 'within' },
      { kind: 'statement', sql: 'COMMIT', parameters: [], transaction: 'commit' },
    ]);
  });

  it('holds no statement that would commit by itself', () => {
    const render = stepRenderer(snowflakeDialect);
    const within = EVERY_STEP.flatMap(([, step]) => render(step)).filter(
      (operation) => operation.kind === 'statement' && operation.transaction === 'within',
    );
    expect(within.length).toBeGreaterThan(0);
    for (const operation of within) {
      expect(operation.kind === 'statement' && operation.sql).toMatch(
        /^(UPDATE|INSERT|DELETE|MERGE|SELECT)\b/,
      );
    }
  });
});

describe('rendering', () => {
  const render = stepRenderer(snowflakeDialect);
  const sqlOf = (name: string): string => {
    const step = EVERY_STEP.find(([title]) => title === name)?.[1];
    if (step === undefined) throw new Error(`no step ${name}`);
    return render(step)
      .map((operation) => (operation.kind === 'transfer' ? operation.preview : operation.sql))
      .join(';\n');
  };

  it.each(EVERY_STEP)('%s', (_, step) => {
    const operations = render(step);
    expect(operations.length).toBeGreaterThan(0);
    for (const operation of operations) {
      if (operation.kind === 'transfer') continue;
      const bare = withoutLiterals(operation.sql);
      const used = new Set(
        [...bare.matchAll(/:(\d+) \/\* (\w+) \*\//g)].map((match) => `${match[2] ?? ''} ${match[1] ?? ''}`),
      );
      expect([...used].sort()).toEqual(
        operation.parameters.map((name) => `${name} ${BIND_PLACES[name]}`).sort(),
      );
      expect(lowerCaseNames(bare)).toEqual([]);
    }
  });

  it.each(Object.entries(queries(snowflakeDialect)))('query %s', (_, sql) => {
    expect(sql).toMatch(/^SELECT/);
    expect(lowerCaseNames(withoutLiterals(sql))).toEqual([]);
  });

  it('the catalog is asked for the schema as it is stored', () => {
    expect(queries(snowflakeDialect)['columns']).toContain(`"TABLE_SCHEMA" = UPPER('heap')`);
    expect(queries(snowflakeDialect)['schemas']).toContain(`"SCHEMA_NAME" = UPPER('heap')`);
  });

  it('staging tables keep no history', () => {
    expect(sqlOf('create-staging')).toContain('CREATE OR REPLACE TRANSIENT TABLE');
    expect(sqlOf('create-staging')).toContain('DATA_RETENTION_TIME_IN_DAYS = 0');
  });

  it('VALUES hold constants alone', () => {
    expect(withoutLiterals(sqlOf('record-dumps'))).toMatch(/FROM VALUES\s+\(43, '', ''\)/);
  });

  it('a transfer shows hostile keys on one line each', () => {
    const preview = sqlOf('transfer');
    expect(preview).toContain('"HEAP"."_HEAPLOAD_STAGE_43_USERS"');
    expect(preview.split('\n').filter((line) => line.includes('DROP TABLE x'))).toHaveLength(2);
  });
});
