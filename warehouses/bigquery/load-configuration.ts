import { STAGED_FILE_COLUMN, STAGED_ROW_COLUMN } from '../../src/schema/identifiers.js';
import { INT64 } from '../../src/schema/logical-types.js';
import type { StagedColumn, TableName } from '../../src/warehouse/contract.js';
import type { Client } from './client.js';
import { jobLabels } from './job-ids.js';
import type { LoadWork } from './load.js';
import type { FieldSchema, JobConfiguration, TableReference } from './resources.js';
import { columnType } from './types.js';

/** The jobs that bring rows into a staging table. All truncate: a repeat replaces and cannot double. */

/** `uris`: objects of a bucket; undefined when the file comes with the request. */
export function loadConfiguration(
  { client, transfer, options }: LoadWork,
  into: TableName,
  uris: readonly string[] | undefined,
): JobConfiguration {
  return {
    labels: jobLabels(client.settings, options.purpose),
    load: {
      destinationTable: tableReference(client, into),
      ...(uris === undefined ? {} : { sourceUris: uris }),
      sourceFormat: 'AVRO',
      useAvroLogicalTypes: true,
      decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'],
      schema: { fields: stagedFields(transfer.columns) },
      createDisposition: 'CREATE_NEVER',
      writeDisposition: 'WRITE_TRUNCATE',
    },
  };
}

export function copyConfiguration(
  { client, transfer, options }: LoadWork,
  parts: readonly TableName[],
): JobConfiguration {
  return {
    labels: jobLabels(client.settings, options.purpose),
    copy: {
      sourceTables: parts.map((part) => tableReference(client, part)),
      destinationTable: tableReference(client, transfer.into),
      createDisposition: 'CREATE_NEVER',
      writeDisposition: 'WRITE_TRUNCATE',
    },
  };
}

/** The staging table's schema, as the REST API writes it. */
export function stagedFields(columns: readonly StagedColumn[]): readonly FieldSchema[] {
  return [
    { name: STAGED_FILE_COLUMN, type: INT64 },
    { name: STAGED_ROW_COLUMN, type: INT64 },
    ...columns,
  ].map(({ name, type }) => {
    const [native = ''] = columnType(type).split('(');
    const size =
      type.kind === 'decimal' ? { precision: String(type.precision), scale: String(type.scale) } : {};
    return { name, type: native, mode: 'NULLABLE', ...size };
  });
}

export function tableReference({ settings }: Client, { schema, name }: TableName): TableReference {
  return { projectId: settings.project, datasetId: schema, tableId: name };
}
