import type { AvroType, RecordType } from '../avro-type.js';

/** How the bytes of a field are read. `other`: by the readers of `decode.ts`, value by value. */
export const OP = {
  other: 0,
  int: 1,
  long: 2,
  millis: 3,
  float: 4,
  double: 5,
  boolean: 6,
  text: 7,
  bytes: 8,
  nothing: 9,
  date: 10,
} as const;

/** How a field of a record is read. */
export interface Field {
  /** One of {@link OP}. */
  readonly op: number;
  /** The branch that is null, where the field is a union of null and one type; else -1. */
  readonly nullBranch: number;
}

/** Flat fields of plain types, nullable or not, have operations of their own; all else is `other`. */
export function fieldsOf(record: RecordType): readonly Field[] {
  return record.fields.map((field) => {
    const { type, nullBranch } = plainType(field.type);
    const op = opOf(type);
    return { op, nullBranch: op === OP.other ? -1 : nullBranch };
  });
}

function plainType(type: AvroType): { readonly type: AvroType; readonly nullBranch: number } {
  if (type.kind !== 'union' || type.branches.length !== 2) return { type, nullBranch: -1 };
  const nullBranch = type.branches.findIndex((branch) => branch.kind === 'null');
  const value = type.branches[1 - nullBranch];
  if (nullBranch < 0 || value === undefined || value.kind === 'null') return { type, nullBranch: -1 };
  return { type: value, nullBranch };
}

function opOf(type: AvroType): number {
  switch (type.kind) {
    case 'null':
      return OP.nothing;
    case 'boolean':
      return OP.boolean;
    case 'int':
      return type.logical?.kind === 'date' ? OP.date : OP.int;
    case 'long':
      return type.logical?.kind === 'timestamp' && type.logical.unit === 'millis' ? OP.millis : OP.long;
    case 'float':
      return OP.float;
    case 'double':
      return OP.double;
    case 'string':
      return OP.text;
    case 'bytes':
      return type.logical === undefined ? OP.bytes : OP.other;
    case 'fixed':
    case 'enum':
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      return OP.other;
  }
}
