import type { Catalog, Dataset, Table } from './catalog.js';
import { USER, etag } from './resources.js';
import { fieldOf } from './types.js';

export function datasetResource(dataset: Dataset, catalog: Catalog, url: string): object {
  const { id, location, createdAt, labels, expirationMs } = dataset;
  return {
    kind: 'bigquery#dataset',
    etag: etag(createdAt),
    id: `${catalog.project}:${id}`,
    selfLink: `${url}/bigquery/v2/projects/${catalog.project}/datasets/${id}`,
    datasetReference: { datasetId: id, projectId: catalog.project },
    ...(labels === undefined ? {} : { labels }),
    ...(expirationMs === undefined ? {} : { defaultTableExpirationMs: expirationMs }),
    access: [{ role: 'OWNER', userByEmail: USER }],
    creationTime: String(createdAt),
    lastModifiedTime: String(createdAt),
    location,
    type: 'DEFAULT',
    maxTimeTravelHours: '168',
  };
}

export function tableResource(table: Table, catalog: Catalog, url: string, rows: bigint): object {
  const { dataset, table: tableId } = table.ref;
  const bytes = String(rows * BigInt(table.columns.length) * 8n);
  const { partitionColumn, clusterColumns, expiresAt, labels } = table;
  return {
    kind: 'bigquery#table',
    etag: etag(table.modifiedAt),
    id: `${catalog.project}:${dataset}.${tableId}`,
    selfLink: `${url}/bigquery/v2/projects/${catalog.project}/datasets/${dataset}/tables/${tableId}`,
    tableReference: { projectId: catalog.project, datasetId: dataset, tableId },
    ...(labels === undefined ? {} : { labels }),
    schema: { fields: table.columns.map(({ name, type, mode }) => fieldOf(name, type, mode)) },
    ...(partitionColumn === undefined ? {} : { timePartitioning: { type: 'DAY', field: partitionColumn } }),
    ...(clusterColumns === undefined || clusterColumns.length === 0
      ? {}
      : { clustering: { fields: clusterColumns } }),
    numBytes: bytes,
    numLongTermBytes: '0',
    numRows: String(rows),
    creationTime: String(table.createdAt),
    ...(expiresAt === undefined ? {} : { expirationTime: String(expiresAt) }),
    lastModifiedTime: String(table.modifiedAt),
    type: table.isView === true ? 'VIEW' : 'TABLE',
    location: catalog.dataset(dataset).location,
    numTotalLogicalBytes: bytes,
    numActiveLogicalBytes: bytes,
    numLongTermLogicalBytes: '0',
  };
}
