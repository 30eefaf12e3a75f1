import { containerSchema } from '../../src/avro/repack/index.js';
import { INT64, type LogicalType } from '../../src/schema/logical-types.js';
import type { StagedColumn } from '../../src/warehouse/contract.js';

/**
 * Containers hold numbers, texts and booleans alone: how Snowflake reads Avro's logical types and bytes into a VARIANT
 * is not for heapload to guess.
 */
export const CONTAINER_ENCODING = 'plain';

interface ContainerColumn {
  /** Of the staging table. */
  readonly name: string;
  readonly type: LogicalType;
  /** Of the container. */
  readonly field: string;
}

/** All columns of the staging table, in the order of a container's fields: the order columns come last. */
export function containerFields(columns: readonly StagedColumn[]): readonly ContainerColumn[] {
  return containerSchema(columns, CONTAINER_ENCODING).fields.map(({ name, column }, place) => ({
    name: column,
    type: columns[place]?.type ?? INT64,
    field: name,
  }));
}
