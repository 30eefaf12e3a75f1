import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDefinitions } from '../../src/models/definitions/parse.js';
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
} from '../../src/schema/logical-types.js';
import type { Value } from '../../src/schema/values.js';
import type { Session } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { loadedTable, planShipped, shippedQuery } from '../support/shipped/compile.js';
import { type InterpretedRow, interpret } from '../support/shipped/interpret.js';
import { statement } from '../support/shipped/statement.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';

const SEED = Number(process.env['HEAPLOAD_PROPERTY_SEED'] ?? 20261124);
const RUNS = Number(process.env['HEAPLOAD_PROPERTY_RUNS'] ?? 150);

const dialect = WAREHOUSES.duckdb.dialect();

interface TestColumn {
  readonly type: LogicalType;
  readonly values: readonly Exclude<Value, null>[];
  /** The value as SQL. */
  readonly sql: (value: Exclude<Value, null>) => string;
}

const quoted = (value: Exclude<Value, null>): string => dialect.literal(String(value));
const cast = (type: LogicalType, values: TestColumn['values'], as = quoted): TestColumn => ({
  type,
  values,
  sql: (value) => `CAST(${as(value)} AS ${dialect.columnType(type)})`,
});

const TEXTS = [
  '',
  'a',
  'A',
  'abc',
  'ABC',
  'a*c',
  'a%c',
  'a_c',
  'a\\c',
  'É',
  'é',
  "o'k",
  '5',
  '5.0',
  'true',
  'a\nc',
  '{{x}}',
  '🙂',
];
const micros = (value: Exclude<Value, null>): string => `make_timestamp(${String(value)})`;
const day = (value: Exclude<Value, null>): string => `DATE '1970-01-01' + INTERVAL (${String(value)}) DAY`;
const blob = (value: Exclude<Value, null>): string =>
  `from_base64('${Buffer.from(value as Uint8Array).toString('base64')}')`;

/** `mixed` changed its type: what came later stands in the variant column. */
const COLUMNS: Readonly<Record<string, TestColumn>> = {
  text: cast(STRING, TEXTS),
  other: cast(STRING, TEXTS),
  whole: cast(INT64, [0n, 5n, -5n, 2n ** 53n + 1n, 2n ** 63n - 1n]),
  real: cast(FLOAT64, [0, 5, 0.1, 1e22, -2.5]),
  flag: cast(BOOL, [true, false]),
  at: cast(TIMESTAMP, [0n, 1_767_225_600_000_000n, 1_767_225_600_123_456n], micros),
  day: cast(DATE, [0n, 20_454n], day),
  price: cast(
    { kind: 'decimal', precision: 12, scale: 2 },
    [500n, 12_345n],
    (value) => `CAST(${String(value)} AS DECIMAL(14,0)) / 100`,
  ),
  raw: cast(BYTES, [new Uint8Array([0, 255])], blob),
  tags: cast(JSON_TYPE, ['["a"]', '{"a":5}']),
  mixed: cast(INT64, [1n, 5n]),
  mixed__string: cast(STRING, ['five', '5']),
};
const NAMES = Object.keys(COLUMNS);
const PROPERTIES = [...NAMES.filter((name) => name !== 'mixed__string'), 'missing'];
const CONSTANTS = [
  ...TEXTS,
  '5e0',
  '+5',
  '05',
  '4.9',
  '9007199254740993',
  '9223372036854775808',
  '1e400',
  '2026-01-01T00:00:00.000000Z',
  '1970-01-01',
  '5.00',
  'AP8=',
  '["a"]',
  'false',
];
const PATTERNS = ['*', 'a*', '*C', 'a*c', 'A%C', 'a_*', 'a\\c', '', '*é', '5*', '**', "O'*", '*-01-01*'];

type Row = Readonly<Record<string, Value>>;

describe('defined properties', () => {
  let world: World;
  let session: Session;
  beforeAll(async () => {
    world = await World.create(duckdbTarget);
    await world.execute('CREATE SCHEMA heap');
    session = await world.connect();
  });
  afterAll(async () => {
    await session.close();
    await world.dispose();
  });

  it('are what an interpreter of the definitions gives, over random rows of every type', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(definition(), { minLength: 1, maxLength: 3 }),
        fc.array(row(), { maxLength: 8 }),
        check,
      ),
      { seed: SEED, numRuns: RUNS, endOnFailure: false, interruptAfterTimeLimit: 110_000 },
    );
  });

  async function check(written: readonly object[], rows: readonly Row[]): Promise<void> {
    const definitions = written.map((each, index) => ({ ...each, property_name: `defined ${index}` }));
    const columns = Object.fromEntries(NAMES.map((name) => [name, COLUMNS[name]?.type ?? STRING]));
    const tables = [loadedTable('click', ['event_id'], { event_id: INT64, ...columns })];
    const query = shippedQuery(planShipped({ dialect, tables, definitions }), 'click_resolved');
    await statement(session, `CREATE OR REPLACE TABLE heap.click AS ${rowsSql(rows)}`);
    const found = await session.query(`SELECT * FROM (${query}) ORDER BY event_id`);
    const parsed = parseDefinitions(JSON.stringify(definitions), 'test');
    expect(parsed.skipped).toEqual([]);
    const got = found.map((each) => definitions.map((_, index) => each[`defined_${index}`] ?? null));
    const wanted = rows.map((each) => parsed.definitions.map((one) => interpret(one, interpreted(each))));
    expect(got).toEqual(wanted);
  }
});

/** The rows as a query, its columns typed also when there is none. */
function rowsSql(rows: readonly Row[]): string {
  const none = NAMES.map(
    (name) => `CAST(NULL AS ${dialect.columnType(COLUMNS[name]?.type ?? STRING)}) AS ${name}`,
  );
  const start = `SELECT CAST(NULL AS BIGINT) AS event_id, ${none.join(', ')}, 1 AS _heapload_dump_id WHERE FALSE`;
  const selects = rows.map((each, index) => {
    const values = NAMES.map((name) => {
      const value = each[name] ?? null;
      return value === null ? 'NULL' : (COLUMNS[name]?.sql(value) ?? 'NULL');
    });
    return `SELECT ${index}, ${values.join(', ')}, 1`;
  });
  return [start, ...selects].join(' UNION ALL ');
}

function interpreted(row: Row): InterpretedRow {
  const typed = (name: string) => ({ type: COLUMNS[name]?.type ?? STRING, value: row[name] ?? null });
  const columns = Object.fromEntries(NAMES.map((name) => [name, [typed(name)]]));
  return { ...columns, mixed: [typed('mixed__string'), typed('mixed')] };
}

function row(): fc.Arbitrary<Row> {
  const cells = Object.entries(COLUMNS).map(
    ([name, { values }]) => [name, fc.option(fc.constantFrom(...values), { freq: 4 })] as const,
  );
  return fc.record(Object.fromEntries(cells));
}

function definition(): fc.Arbitrary<object> {
  const property = fc.constantFrom(...PROPERTIES);
  const constant = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<string | number | boolean>(...CONSTANTS) },
    { weight: 1, arbitrary: fc.constantFrom<string | number | boolean>(5, 0.5, true) },
  );
  const value = fc.oneof(
    constant.map((text) => ({ type: 'constant', value: text })),
    fc.constant({ type: 'constant', value: null }),
    property.map((name) => ({ type: 'field', value: name })),
  );
  const comparison = (operators: readonly string[], values: fc.Arbitrary<string | number | boolean>) =>
    fc.record({ property_name: property, operator: fc.constantFrom(...operators), value: values });
  const clause = fc.oneof(
    comparison(['=', '!=', 'contains', 'notcontains'], constant),
    comparison(['matches', 'notmatches'], fc.constantFrom(...PATTERNS)),
    fc.record({ property_name: property, operator: fc.constantFrom('isdef', 'notdef') }),
  );
  const condition = fc.record({
    clauses: fc.array(clause, { minLength: 1, maxLength: 3 }),
    clause_combinator: fc.constantFrom('and', 'or'),
  });
  return fc.record(
    {
      type: fc.constant('event'),
      cases: fc.array(fc.record({ value, condition }), { maxLength: 3 }),
      default_value: value,
    },
    { requiredKeys: ['type', 'cases'] },
  );
}
