import { MAX_DECIMAL_PRECISION } from '../schema/logical-types.js';
import type { Value } from '../schema/values.js';
import {
  type AvroType,
  type FixedType,
  type PrimitiveType,
  type RecordType,
  isNested,
  valueBranches,
} from './avro-type.js';
import { type JsonRecords, jsonReader } from './json.js';
import {
  type Read,
  branchReader,
  bytesReader,
  decimalReader,
  enumReader,
  notScalar,
  timestampReader,
} from './scalars.js';
import { textReader } from './texts.js';

/** One reader per field of the top-level record, giving the values that the field's column (`columnsOf`) holds. */
export function fieldReaders(record: RecordType): readonly Read<Value>[] {
  const records: JsonRecords = new Map();
  return record.fields.map((field) => fieldReader(field.type, records));
}

function fieldReader(type: AvroType, records: JsonRecords): Read<Value> {
  const branches = valueBranches(type);
  const toJson = branches.some(isNested);
  const readerOf = (branch: AvroType): Read<Value> => {
    if (branch.kind === 'null') return () => null;
    if (toJson) return jsonReader(branch, records);
    return branches.length === 1 ? scalarReader(branch) : textReader(branch);
  };
  return type.kind === 'union' ? branchReader(type.branches.map(readerOf)) : readerOf(type);
}

function scalarReader(type: AvroType): Read<Value> {
  switch (type.kind) {
    case 'boolean':
      return (cursor) => cursor.boolean();
    case 'int':
      return (cursor) => BigInt(cursor.int());
    case 'long':
      return type.logical?.kind === 'timestamp' ? timestampReader(type.logical) : (cursor) => cursor.long();
    case 'float':
      return (cursor) => cursor.float();
    case 'double':
      return (cursor) => cursor.double();
    case 'string':
      return (cursor) => cursor.string();
    case 'enum':
      return enumReader(type.symbols);
    case 'bytes':
    case 'fixed':
      return binaryReader(type);
    case 'null':
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      return notScalar(type);
  }
}

function binaryReader(type: PrimitiveType | FixedType): Read<Value> {
  const { logical } = type;
  if (logical?.kind === 'decimal')
    return logical.precision > MAX_DECIMAL_PRECISION ? textReader(type) : decimalReader(type, logical);
  const read = bytesReader(type);
  // A copy: a view would keep the whole block in memory as long as the value lives.
  return (cursor) => new Uint8Array(read(cursor));
}
