/** What a valid `logicalType` makes of the type below it; others are not kept. */
export type LogicalAnnotation =
  | { readonly kind: 'date' }
  /** Instant or local time, both taken as UTC. */
  | { readonly kind: 'timestamp'; readonly unit: 'millis' | 'micros' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number };

export interface FixedType {
  readonly kind: 'fixed';
  /** Bytes. */
  readonly size: number;
  readonly logical?: LogicalAnnotation;
}

export interface EnumType {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
}

export interface RecordType {
  readonly kind: 'record';
  /** With its namespace. */
  readonly name: string;
  /** In the order they are written. */
  readonly fields: readonly AvroField[];
}

export interface AvroField {
  readonly name: string;
  readonly type: AvroType;
}

export interface PrimitiveType {
  readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
  readonly logical?: LogicalAnnotation;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly items: AvroType;
}

export interface MapType {
  readonly kind: 'map';
  readonly values: AvroType;
}

export interface UnionType {
  readonly kind: 'union';
  /** Never empty, never unions themselves. */
  readonly branches: readonly AvroType[];
}

/** A writer's schema with its names resolved. A record may contain itself: the tree can be a graph. */
export type AvroType = PrimitiveType | FixedType | EnumType | RecordType | ArrayType | MapType | UnionType;

/** True for the types whose values become JSON. */
export function isNested(type: AvroType): boolean {
  return type.kind === 'record' || type.kind === 'array' || type.kind === 'map';
}

/** The branches of a union that are not null; of any other type the type itself. */
export function valueBranches(type: AvroType): readonly AvroType[] {
  return (type.kind === 'union' ? type.branches : [type]).filter((branch) => branch.kind !== 'null');
}

const fewestOfRecord = new WeakMap<RecordType, number>();

/**
 * The fewest bytes a value of the type can take, as a bound for counts that a file declares. Never too large;
 * where a record contains itself it may be too small.
 */
export function fewestBytes(type: AvroType): number {
  switch (type.kind) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return type.size;
    case 'record':
      return fewestBytesOfRecord(type);
    case 'union':
      return 1 + type.branches.reduce((least, branch) => Math.min(least, fewestBytes(branch)), Infinity);
    case 'boolean':
    case 'int':
    case 'long':
    case 'bytes':
    case 'string':
    case 'enum':
    case 'array':
    case 'map':
      return 1;
  }
}

/** Remembered, because records that name one another many times over would be walked exponentially often. */
function fewestBytesOfRecord(record: RecordType): number {
  const known = fewestOfRecord.get(record);
  if (known !== undefined) return known;
  fewestOfRecord.set(record, 0);
  const fewest = record.fields.reduce((sum, field) => sum + fewestBytes(field.type), 0);
  fewestOfRecord.set(record, fewest);
  return fewest;
}
