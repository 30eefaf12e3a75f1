import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
import type { Statement, Transfer } from '../../../src/warehouse/contract.js';
import { bigqueryDialect } from '../../../warehouses/bigquery/dialect.js';
import { bigquery } from '../../../warehouses/bigquery/index.js';
import { literal, quoteIdentifier } from '../../../warehouses/bigquery/quoting.js';
import type { BigQuerySettings } from '../../../warehouses/bigquery/settings.js';
import { columnType, parseColumnType } from '../../../warehouses/bigquery/types.js';
import { EVERY_STEP, HOSTILE, PARTITIONED_STEPS, queries, stepRenderer } from './every-step.js';

/** Any text, and texts made of what ends or escapes literals. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('\\', "'", '"', '`', '\n', '\r', '\0', 'n', 'u', 'x', '0', ';', '-', '/'),
  }),
  fc.constant(HOSTILE),
);

/** Reads a quoted GoogleSQL token as its lexer does; undefined when it is not exactly one token. */
function readToken(sql: string, quote: string): string | undefined {
  const match = new RegExp(
    `^${quote}((?:[^\\\\${quote}\\n\\r]|\\\\(?:[\\\\'\`n]|u[0-9a-f]{4}))*)${quote}$`,
    'u',
  ).exec(sql);
  return match?.[1]?.replace(
    /\\(?:u([0-9a-f]{4})|([\\'`n]))/g,
    (_, hex: string | undefined, simple: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      return simple === 'n' ? '\n' : simple;
    },
  );
}

describe('names and values', () => {
  it('any text is one string literal that reads back as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(readToken(literal(text), "'")).toBe(text);
      }),
    );
  });

  it('any text is one identifier that reads back as it was', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(readToken(quoteIdentifier(text), '`')).toBe(text);
      }),
    );
  });

  it('no control character is left in a literal', () => {
    // eslint-disable-next-line no-control-regex
    expect(literal(HOSTILE)).not.toMatch(/[\u0000-\u001f\u2028]/);
  });

  it('a table is dataset and table, each quoted', () => {
    expect(bigqueryDialect.quoteTable({ schema: 'heap', name: 'a`.b' })).toBe('`heap`.`a\\`.b`');
  });

  it.each([
    [9223372036854775807n, '9223372036854775807'],
    [-9223372036854775808n, '-9223372036854775808'],
    [1.5, '1.5'],
    [NaN, "CAST('NaN' AS FLOAT64)"],
    [-Infinity, "CAST('-Infinity' AS FLOAT64)"],
    [true, 'TRUE'],
    [false, 'FALSE'],
    [null, 'NULL'],
  ])('%s is %s', (value, sql) => {
    expect(literal(value)).toBe(sql);
  });
});

describe('types', () => {
  it.each([
    [STRING, 'STRING'],
    [INT64, 'INT64'],
    [FLOAT64, 'FLOAT64'],
    [BOOL, 'BOOL'],
    [BYTES, 'BYTES'],
    [DATE, 'DATE'],
    [TIMESTAMP, 'TIMESTAMP'],
    [JSON_TYPE, 'JSON'],
    [{ kind: 'decimal', precision: 38, scale: 9 }, 'NUMERIC(38, 9)'],
    [{ kind: 'decimal', precision: 29, scale: 0 }, 'NUMERIC(29, 0)'],
    [{ kind: 'decimal', precision: 30, scale: 0 }, 'BIGNUMERIC(30, 0)'],
    [{ kind: 'decimal', precision: 12, scale: 10 }, 'BIGNUMERIC(12, 10)'],
  ] satisfies [LogicalType, string][])('%o is %s, and back', (type, native) => {
    expect(columnType(type)).toBe(native);
    expect(parseColumnType(native)).toEqual(type);
  });

  it('every decimal is read back as it was made', () => {
    const decimals = fc.integer({ min: 1, max: 38 }).chain((precision) =>
      fc.record({
        kind: fc.constant('decimal' as const),
        precision: fc.constant(precision),
        scale: fc.integer({ min: 0, max: precision }),
      }),
    );
    fc.assert(
      fc.property(decimals, (type) => {
        expect(parseColumnType(columnType(type))).toEqual(type);
      }),
    );
  });

  it('the catalog may leave out a scale of 0', () => {
    expect(parseColumnType('NUMERIC(10)')).toEqual({ kind: 'decimal', precision: 10, scale: 0 });
  });

  it.each([
    'NUMERIC',
    'BIGNUMERIC(10, 2)',
    'BIGNUMERIC(76, 38)',
    'STRING(10)',
    'DATETIME',
    'ARRAY<INT64>',
    '',
  ])('%s is foreign', (native) => {
    expect(parseColumnType(native)).toBeUndefined();
  });
});

describe('atomically', () => {
  const statements: readonly Statement[] = [
    {
      kind: 'statement',
      sql: 'UPDATE a SET x = @run_id WHERE y = @lease_token',
      parameters: ['run_id', 'lease_token'],
      expect: { count: 'changed', rows: 1, otherwise: 'LEASE_LOST', message: "It's gone." },
    },
    { kind: 'statement', sql: 'DELETE FROM b WHERE z = @run_id', parameters: ['run_id'] },
    {
      kind: 'statement',
      sql: 'SELECT 1 FROM c',
      parameters: ['rows_read'],
      expect: { count: 'returned', rows: 0, otherwise: 'COUNTS_MISMATCH', message: 'No.' },
    },
    {
      kind: 'statement',
      sql: 'SELECT 2 FROM d',
      parameters: [],
      expect: { count: 'returned', rows: 2, otherwise: 'LOAD_STATE', message: 'Two.' },
    },
  ];

  it('is one script whose expectations are assertions', () => {
    expect(bigqueryDialect.atomically(statements)).toEqual([
      {
        kind: 'statement',
        parameters: ['run_id', 'lease_token', 'rows_read'],
        sql: [
          'BEGIN TRANSACTION',
          'UPDATE a SET x = @run_id WHERE y = @lease_token',
          "ASSERT @@row_count = 1 AS 'LEASE_LOST: It\\'s gone.'",
          'DELETE FROM b WHERE z = @run_id',
          "ASSERT NOT EXISTS (\nSELECT 1 FROM c\n) AS 'COUNTS_MISMATCH: No.'",
          "ASSERT (SELECT count(*) FROM (\nSELECT 2 FROM d\n)) = 2 AS 'LOAD_STATE: Two.'",
          'COMMIT TRANSACTION',
        ].join(';\n\n'),
      },
    ]);
  });
});

describe('rendering', () => {
  const render = stepRenderer(bigqueryDialect);
  const sqlOf = (name: string): string => {
    const step = [...EVERY_STEP, ...PARTITIONED_STEPS].find(([title]) => title === name)?.[1];
    if (step === undefined) throw new Error(`no step ${name}`);
    return render(step)
      .map((operation) => (operation.kind === 'transfer' ? operation.preview : operation.sql))
      .join(';\n');
  };

  it.each([...EVERY_STEP, ...PARTITIONED_STEPS])('%s', (_, step) => {
    const operations = render(step);
    expect(operations.length).toBeGreaterThan(0);
    for (const operation of operations) {
      if (operation.kind === 'transfer') continue;
      const bare = operation.sql.replace(/'(?:[^'\\]|\\.)*'/g, "''");
      const used = new Set([...bare.matchAll(/(?<!@)@([a-z]\w*)/g)].map((match) => match[1]));
      expect([...used].sort()).toEqual([...operation.parameters].sort());
      expect(bare).not.toMatch(/::|"/);
    }
  });

  it.each(Object.entries(queries(bigqueryDialect)))('query %s', (_, sql) => {
    expect(sql).toMatch(/^SELECT/);
  });

  it('staging tables expire by themselves', () => {
    expect(sqlOf('create-staging')).toContain(
      'expiration_timestamp = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 48 HOUR)',
    );
  });

  it('a publish is one script', () => {
    expect(sqlOf('publish merge')).toMatch(/^BEGIN TRANSACTION;[^]+COMMIT TRANSACTION$/);
  });

  it('a transfer shows its load jobs, and hostile keys on one line each', () => {
    const preview = sqlOf('transfer');
    expect(preview).toContain('`heap`.`_heapload_stage_43_users`');
    expect(preview).toContain('re-packed into 1 Avro containers');
    expect(preview).toContain('WRITE_TRUNCATE');
    expect(preview).toContain('`price` NUMERIC(12, 2)');
    expect(preview.split('\n').filter((line) => line.includes('DROP TABLE x'))).toHaveLength(2);
  });

  it('files of two schemas are one container, and more than a chunk of them several', () => {
    const file = {
      index: 0,
      key: 'a',
      etag: 'e',
      size: 600_000,
      header: [{ name: 'x', type: INT64 }],
      targets: [0],
    };
    const transfer: Omit<Transfer, 'preview'> = {
      kind: 'transfer',
      into: { schema: 'heap', name: 's' },
      columns: [],
      narrow: undefined,
      files: [file, { ...file, index: 1, header: [{ name: 'x', type: STRING }] }],
    };
    expect(bigqueryDialect.describeTransfer(transfer)).toContain('re-packed into 1 Avro containers');
    const small = bigquery.dialect(settingsOf({ load_chunk: '1MB' })).describeTransfer(transfer);
    expect(small).toContain('re-packed into 2 Avro containers');
    expect(small).toContain('one copy job');
    const bucket = bigquery.dialect(settingsOf({ transfer: 'gcs', gcs_bucket: 'acme', load_chunk: '1MB' }));
    expect(bucket.describeTransfer(transfer)).toContain('one load job for all of them');
  });

  it('a merge reads the days in which the staged keys live, found in the same transaction', () => {
    const script = sqlOf('publish merge, pruned').split(';\n\n');
    expect(script[0]).toBe('DECLARE _heapload_days ARRAY<TIMESTAMP>');
    expect(script[1]).toBe('BEGIN TRANSACTION');
    const places = ['SET _heapload_days', 'UPDATE `heap`.`_heapload_loads`', 'FOR _heapload_part'].map(
      (start) => script.findIndex((statement) => statement.startsWith(start)),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(1);
    for (const place of places.slice(1))
      expect(script[place]).toContain(
        'TIMESTAMP_TRUNC(_heapload_target.`time`, DAY) IN UNNEST(_heapload_days)',
      );
  });

  it('what changes a table with partitions does so part by part; an estimate and other tables know no parts', () => {
    const merge = sqlOf('publish merge, pruned');
    expect(merge).toMatch(/FOR _heapload_part IN \([^]+\) DO\nMERGE INTO [^;]+;\nEND FOR;/);
    const replace = sqlOf('publish replace, partitioned');
    expect(replace).toMatch(/\) DO\nDELETE FROM [^;]+;\nEND FOR;/);
    expect(replace).toMatch(/\) DO\nINSERT INTO `heap`\.`users`[^;]+;\nEND FOR;/);
    for (const name of ['publish merge', 'publish replace'])
      expect(sqlOf(name)).not.toContain('FOR _heapload_part');
  });

  it('12,000 files with the longest keys, and as many that are made good, stay below the length of a script', () => {
    const step = EVERY_STEP.find(([name]) => name === 'publish merge')?.[1];
    if (step?.kind !== 'publish') throw new Error('no publish');
    const [file] = step.publish.files;
    if (file === undefined) throw new Error('no file');
    const keys = Array.from({ length: 12_000 }, (_, n) => `${n}-`.padEnd(1024, 'k'));
    const files = keys.map((key, index) => ({ ...file, index, key }));
    const publish = {
      ...step.publish,
      files,
      resolved: keys,
      fileList: '_heapload_stage_files',
      partitionedBy: 'time',
    };
    const operations = [
      ...render({ kind: 'stage-files', list: '_heapload_stage_files', publish }),
      ...render({ kind: 'publish', publish }),
    ];
    for (const operation of operations) {
      if (operation.kind === 'statement') expect(Buffer.byteLength(operation.sql)).toBeLessThan(1024 * 1024);
    }
    expect(operations.length).toBeGreaterThan(20);
  });

  it('a long list of files is staged outside of the transaction and copied within', () => {
    expect(sqlOf('publish merge, list of files staged')).not.toContain(
      "VALUES\n  ('43/users', 43, 'users', 0",
    );
    expect(sqlOf('publish merge, list of files staged')).toContain(
      'FROM `heap`.`_heapload_stage_files_43_users`',
    );
    expect(sqlOf('stage-files')).toContain('INSERT INTO `heap`.`_heapload_stage_files_43_users`');
  });

  it('staging tables expire when the settings say', () => {
    const render7 = stepRenderer(bigquery.dialect(settingsOf({ staging_expiry: '7d' })));
    const [, create] = render7({ kind: 'create-staging', staging: 's', columns: [], places: false });
    expect(create).toMatchObject({ sql: expect.stringContaining('INTERVAL 168 HOUR') as string });
  });
});

function settingsOf(input: Readonly<Record<string, unknown>>): BigQuerySettings {
  const parsed = bigquery.parseSettings({ project: 'acme-analytics', ...input }, '/');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}
