import { describe, expect, it } from 'vitest';
import { parseSchema } from '../../../src/avro/parse-schema.js';
import { Malformed } from '../../../src/avro/problem.js';
import { columnsOf } from '../../../src/avro/schema.js';
import { typeName } from '../../../src/schema/logical-types.js';
import { recordOf } from './support.js';

function typesOf(...types: readonly unknown[]): readonly string[] {
  const record = parseSchema(JSON.stringify(recordOf(...types)));
  return columnsOf(record).map((column) => typeName(column.type));
}

const DATE = { type: 'int', logicalType: 'date' };
const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };
const ARRAY = { type: 'array', items: 'int' };
const MAP = { type: 'map', values: 'int' };
const POINT = { type: 'record', name: 'Point', fields: [{ name: 'x', type: 'int' }] };
const COLOUR = { type: 'enum', name: 'Colour', symbols: ['RED'] };

function bytesDecimal(precision: unknown, scale?: unknown): object {
  return { type: 'bytes', logicalType: 'decimal', precision, scale };
}

function fixedDecimal(size: number, precision: number): object {
  return { type: 'fixed', name: 'F', size, logicalType: 'decimal', precision };
}

describe('the type map', () => {
  it.each<[unknown, string]>([
    ['string', 'string'],
    ['int', 'int64'],
    ['long', 'int64'],
    ['float', 'float64'],
    ['double', 'float64'],
    ['boolean', 'bool'],
    ['bytes', 'bytes'],
    ['null', 'string'],
    [{ type: 'string', 'avro.java.string': 'String' }, 'string'],
    [{ type: { type: 'long' } }, 'int64'],
    [{ type: 'fixed', name: 'F', size: 3 }, 'bytes'],
    [COLOUR, 'string'],
    [ARRAY, 'json'],
    [MAP, 'json'],
    [POINT, 'json'],
    [{ ...POINT, type: 'error' }, 'json'],
    [DATE, 'date'],
    [{ type: 'long', logicalType: 'date' }, 'int64'],
    [{ type: 'string', logicalType: 'date' }, 'string'],
    [MILLIS, 'timestamp'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'timestamp'],
    [{ type: 'long', logicalType: 'local-timestamp-millis' }, 'timestamp'],
    [{ type: 'long', logicalType: 'local-timestamp-micros' }, 'timestamp'],
    [{ type: 'int', logicalType: 'timestamp-millis' }, 'int64'],
    [{ type: 'long', logicalType: 'timestamp-nanos' }, 'int64'],
    [{ type: 'int', logicalType: 'time-millis' }, 'int64'],
    [{ type: 'long', logicalType: 'time-micros' }, 'int64'],
    [{ type: 'string', logicalType: 'uuid' }, 'string'],
    [{ type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }, 'bytes'],
    [{ type: 'fixed', name: 'D', size: 12, logicalType: 'duration' }, 'bytes'],
    [{ type: 'bytes', logicalType: 'made-up' }, 'bytes'],
    [bytesDecimal(12, 2), 'decimal(12,2)'],
    [bytesDecimal(12), 'decimal(12,0)'],
    [bytesDecimal(38, 38), 'decimal(38,38)'],
    [bytesDecimal(39, 2), 'string'],
    [bytesDecimal(0), 'bytes'],
    [bytesDecimal(4.5), 'bytes'],
    [bytesDecimal('4'), 'bytes'],
    [bytesDecimal(undefined), 'bytes'],
    [bytesDecimal(4, 5), 'bytes'],
    [bytesDecimal(4, -1), 'bytes'],
    [fixedDecimal(1, 2), 'decimal(2,0)'],
    [fixedDecimal(1, 3), 'bytes'],
    [fixedDecimal(16, 38), 'decimal(38,0)'],
    [fixedDecimal(16, 39), 'bytes'],
    [fixedDecimal(17, 39), 'string'],
    [{ type: 'string', logicalType: 'decimal', precision: 4 }, 'string'],
    [['null'], 'string'],
    [['double'], 'float64'],
    [['null', 'long'], 'int64'],
    [['long', 'null'], 'int64'],
    [['null', DATE], 'date'],
    [[bytesDecimal(9, 3), 'null'], 'decimal(9,3)'],
    [['null', ARRAY], 'json'],
    [['int', 'long'], 'string'],
    [['null', 'int', 'double'], 'string'],
    [['string', COLOUR], 'string'],
    [['bytes', 'null', 'boolean'], 'string'],
    [['null', 'string', ARRAY], 'json'],
    [[POINT, 'long'], 'json'],
  ])('%j → %s', (type, expected) => {
    expect(typesOf(type)).toEqual([expected]);
  });
});

describe('names and leniency', () => {
  it('finds named types through namespaces, logical types included', () => {
    const money = { type: 'fixed', name: 'Money', size: 8, logicalType: 'decimal', precision: 18, scale: 4 };
    const inner = { type: 'record', name: 'other.Inner', fields: [{ name: 'c', type: ['null', 'Colour'] }] };
    const schema = {
      type: 'record',
      name: 'Top',
      namespace: 'org.heap',
      aliases: ['Old'],
      fields: [
        { name: 'm', type: money },
        { name: 'short', type: 'Money' },
        { name: 'full', type: ['null', 'org.heap.Money'] },
        { name: 'e', type: { ...COLOUR, namespace: 'other' } },
        { name: 'inner', type: inner },
        { name: 'global', type: { ...COLOUR, name: 'Bare', namespace: '' } },
        { name: 'bare', type: 'Bare' },
        { name: 'self', type: ['null', 'Top'] },
      ],
    };
    const types = columnsOf(parseSchema(JSON.stringify(schema))).map((column) => typeName(column.type));
    expect(types).toEqual([
      'decimal(18,4)',
      'decimal(18,4)',
      'decimal(18,4)',
      'string',
      'json',
      'string',
      'string',
      'json',
    ]);
  });

  it('keeps names and their order as they are, even those other readers refuse or lose', () => {
    const names = ['zz', '__proto__', 'constructor', '2fa', 'with space', 'A', 'a', '10', '9'];
    const fields = names.map((name) => ({ name, type: 'long', logicalType: 'timestamp-micros' }));
    const columns = columnsOf(parseSchema(JSON.stringify({ type: 'record', name: 'toString', fields })));
    expect(columns).toEqual(names.map((name) => ({ name, type: { kind: 'int64' } })));
  });

  it('does not look at defaults, orders and docs', () => {
    const field = {
      name: 'a',
      type: ['string', 'null'],
      default: null,
      order: 'sideways',
      doc: 7,
      aliases: 'x',
    };
    expect(columnsOf(parseSchema(JSON.stringify({ type: 'record', name: 'R', fields: [field] })))).toEqual([
      { name: 'a', type: { kind: 'string' } },
    ]);
  });

  it('takes a record without fields', () => {
    expect(columnsOf(parseSchema('{"type":"record","name":"R","fields":[]}'))).toEqual([]);
  });
});

describe('schemas that cannot be read', () => {
  const deep = JSON.stringify(recordOf('X')).replace('"X"', '['.repeat(300) + '"int"' + ']'.repeat(300));
  it.each([
    ['{', 'not JSON'],
    ['"long"', 'type long, not a record'],
    ['{"type":"array","items":"int"}', 'type array, not a record'],
    ['["null",{"type":"record","name":"R","fields":[]}]', 'type union, not a record'],
    ['7', 'has 7 where a type should be'],
    ['{"name":"R"}', 'where a type should be'],
    ['{"type":"record","fields":[]}', 'type record without a name'],
    ['{"type":"record","name":"R"}', 'no list of fields'],
    [
      '{"type":"record","name":"R","fields":[{"type":"int"}]}',
      'field of the record "R" of the schema has no name',
    ],
    [JSON.stringify(recordOf('Nope')), 'uses the type "Nope" without defining it'],
    [JSON.stringify(recordOf('toString')), 'uses the type "toString" without'],
    [JSON.stringify(recordOf('__proto__')), 'uses the type "__proto__" without'],
    [JSON.stringify(recordOf(COLOUR, COLOUR)), 'defines the type "Colour" twice'],
    [JSON.stringify(recordOf([])), 'union without branches'],
    [JSON.stringify(recordOf(['null', ['int']])), 'union directly inside a union'],
    [JSON.stringify(recordOf({ type: 'enum', name: 'E', symbols: 'A' })), 'no list of symbols'],
    [JSON.stringify(recordOf({ type: 'fixed', name: 'F', size: -1 })), 'no valid size'],
    [JSON.stringify(recordOf(bytesDecimal(1e9, 1e9))), 'decimal of 1000000000 digits'],
    [
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
      'two fields "a"',
    ],
    [deep, 'nested more than 200'],
  ])('%.60s', (text, message) => {
    expect(() => parseSchema(text)).toThrow(Malformed);
    expect(() => parseSchema(text)).toThrow(message);
  });
});
