import { RESERVED_PREFIX, STAGED_FILE_COLUMN, STAGED_ROW_COLUMN } from '../../schema/identifiers.js';
import type { LogicalType } from '../../schema/logical-types.js';
import type { RepackColumn } from './types.js';

/** The one schema that all containers of a load have. */
export interface ContainerSchema {
  /** The schema as it stands in the header. */
  readonly json: string;
  /** In the order of the record: the staged columns, then the two order columns. */
  readonly fields: readonly ContainerField[];
}

export interface ContainerField {
  /** In the container. */
  readonly name: string;
  /** In the staging table. Differs from `name` only where it is no legal name in Avro. */
  readonly column: string;
}

const LEGAL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A record of the staged columns, each a union of null and its type, then `_heapload_file` and `_heapload_row` as
 * longs that are never null. Pure: the same columns have the same text.
 *
 * | logical type | Avro |
 * |---|---|
 * | string, json | string |
 * | int64 | long |
 * | float64 | double |
 * | bool | boolean |
 * | bytes | bytes |
 * | date | int with `date` |
 * | timestamp | long with `timestamp-micros` |
 * | decimal | bytes with `decimal` |
 */
export function containerSchema(columns: readonly RepackColumn[]): ContainerSchema {
  const staged = columns.map(({ name, type }, place) => ({
    name: fieldName(name, place),
    column: name,
    type: ['null', avroType(type)],
  }));
  const order = [STAGED_FILE_COLUMN, STAGED_ROW_COLUMN].map((name) => ({
    name,
    column: name,
    type: 'long',
  }));
  const all = [...staged, ...order];
  return {
    json: JSON.stringify({
      type: 'record',
      name: 'Row',
      fields: all.map(({ name, type }) => ({ name, type })),
    }),
    fields: all.map(({ name, column }) => ({ name, column })),
  };
}

/** No column of a table can have a name with the reserved prefix, so nothing collides with a made one. */
function fieldName(column: string, place: number): string {
  return LEGAL_NAME.test(column) ? column : `${RESERVED_PREFIX}column_${place}`;
}

function avroType(type: LogicalType): unknown {
  switch (type.kind) {
    case 'string':
    case 'json':
      return 'string';
    case 'int64':
      return 'long';
    case 'float64':
      return 'double';
    case 'bool':
      return 'boolean';
    case 'bytes':
      return 'bytes';
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-micros' };
    case 'decimal':
      return { type: 'bytes', logicalType: 'decimal', precision: type.precision, scale: type.scale };
  }
}
