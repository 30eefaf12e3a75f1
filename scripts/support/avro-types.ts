import type avro from 'avsc';

/** The parts of avsc's types that its typings leave as `any`. */
export interface UnionType extends avro.Type {
  readonly types: readonly avro.Type[];
}

export interface TypeParts {
  /** Of a record. */
  readonly fields?: readonly { readonly name: string; readonly type: avro.Type }[];
  /** Of an array. */
  readonly items?: avro.Type;
  /** Of a map. */
  readonly values?: avro.Type;
}

export function isUnion(type: avro.Type): type is UnionType {
  return type.typeName.startsWith('union:');
}

/** What a record, array or map is made of; empty for every other type. */
export function partsOf(type: avro.Type): TypeParts {
  const any = type as unknown as {
    readonly fields: readonly { readonly name: string; readonly type: avro.Type }[];
    readonly itemsType: avro.Type;
    readonly valuesType: avro.Type;
  };
  if (type.typeName === 'record') return { fields: any.fields };
  if (type.typeName === 'array') return { items: any.itemsType };
  if (type.typeName === 'map') return { values: any.valuesType };
  return {};
}

/** True when a value of a union, seen by its JavaScript type, belongs to this branch. */
export function accepts(type: avro.Type, value: unknown): boolean {
  switch (type.typeName) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'abstract:long':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'enum':
    case 'fixed':
      return type.isValid(value instanceof Uint8Array ? Buffer.from(value) : value);
    case 'bytes':
      return value instanceof Uint8Array;
    case 'array':
      return Array.isArray(value);
    default:
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
      );
  }
}
