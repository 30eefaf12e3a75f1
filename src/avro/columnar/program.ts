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

/** What to do with the fields of a record, in the order they are written; arrays have an entry for each field. */
export interface Program {
  readonly ops: Uint8Array;
  /** The branch that is null, where the field is a union of null and one type; else -1. */
  readonly nullBranch: Int8Array;
}

/** Flat fields of plain types, nullable or not, have operations of their own; all else is `other`. */
export function compile(record: RecordType): Program {
  const ops = new Uint8Array(record.fields.length);
  const nullBranch = new Int8Array(record.fields.length).fill(-1);
  record.fields.forEach(({ type }, field) => {
    const plain = plainType(type);
    ops[field] = opOf(plain.type);
    nullBranch[field] = ops[field] === OP.other ? -1 : plain.nullBranch;
  });
  return { ops, nullBranch };
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
