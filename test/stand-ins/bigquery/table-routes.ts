import type { DuckDBConnection } from '@duckdb/node-api';
import { type Column, type Table, type TableRef, tableName } from './catalog.js';
import { duplicate, invalid } from './errors.js';
import { type Answer, type Request, empty, json, ok } from './http.js';
import { pageRequest, pageToken } from './resources.js';
import { restRows, resultSet } from './results.js';
import type { StandIn } from './state.js';
import { datasetResource, tableResource } from './table-resources.js';
import { type Field, typeOfField } from './types.js';

interface DatasetBody {
  readonly datasetReference: { readonly datasetId: string };
  readonly location?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly defaultTableExpirationMs?: string;
}

export async function insertDataset(request: Request, standIn: StandIn): Promise<Answer> {
  const body = json(request.body) as DatasetBody;
  const { catalog } = standIn;
  const dataset = await standIn.connected((connection) =>
    catalog.createDataset(connection, {
      id: body.datasetReference.datasetId,
      location: body.location ?? 'US',
      ...(body.labels === undefined ? {} : { labels: body.labels }),
      ...(body.defaultTableExpirationMs === undefined ? {} : { expirationMs: body.defaultTableExpirationMs }),
    }),
  );
  return ok(datasetResource(dataset, catalog, standIn.url));
}

export function listDatasets({ catalog, url }: StandIn): Answer {
  const datasets = [...catalog.datasets.values()].map((dataset) => datasetResource(dataset, catalog, url));
  return ok({ kind: 'bigquery#datasetList', etag: 'list', datasets });
}

export function getDataset(
  _request: Request,
  { catalog, url }: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  return Promise.resolve(ok(datasetResource(catalog.dataset(id), catalog, url)));
}

export async function deleteDataset(
  request: Request,
  standIn: StandIn,
  [id = '']: readonly string[],
): Promise<Answer> {
  const withTables = request.query.get('deleteContents') === 'true';
  await standIn.connected((connection) => standIn.catalog.dropDataset(connection, id, withTables));
  return empty();
}

interface TableBody {
  readonly tableReference: { readonly tableId: string };
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly timePartitioning?: { readonly type: string; readonly field?: string };
  readonly clustering?: { readonly fields?: readonly string[] };
  readonly expirationTime?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function columnsOf(body: Pick<TableBody, 'schema'>): readonly Column[] {
  return (body.schema?.fields ?? []).map((field) => {
    const { name, mode } = field;
    const type = typeOfField(field);
    return mode === undefined || mode === 'REPEATED' ? { name, type } : { name, type, mode };
  });
}

export async function insertTable(
  request: Request,
  standIn: StandIn,
  [dataset = '']: readonly string[],
): Promise<Answer> {
  const body = json(request.body) as TableBody;
  const ref = { dataset, table: body.tableReference.tableId };
  const { catalog } = standIn;
  catalog.dataset(dataset);
  if (catalog.find(ref) !== undefined) throw duplicate(`Table ${catalog.project}:${dataset}.${ref.table}`);
  const { timePartitioning, clustering, expirationTime, labels } = body;
  const table = await standIn.connected((connection) =>
    catalog.createTable(connection, ref, columnsOf(body), {
      ...(timePartitioning?.field === undefined ? {} : { partitionColumn: timePartitioning.field }),
      ...(clustering?.fields === undefined ? {} : { clusterColumns: clustering.fields }),
      ...(expirationTime === undefined ? {} : { expiresAt: Number(expirationTime) }),
      ...(labels === undefined ? {} : { labels }),
    }),
  );
  return ok(tableResource(table, catalog, standIn.url, 0n));
}

export function listTables(
  _request: Request,
  { catalog, url }: StandIn,
  [dataset = '']: readonly string[],
): Promise<Answer> {
  const tables = [...catalog.dataset(dataset).tables.values()].map((table) => {
    const { kind, id, tableReference, type, creationTime } = tableResource(table, catalog, url, 0n) as Record<
      string,
      unknown
    >;
    return { kind, id, tableReference, type, creationTime };
  });
  return Promise.resolve(ok({ kind: 'bigquery#tableList', etag: 'list', tables, totalItems: tables.length }));
}

export async function getTable(
  _request: Request,
  standIn: StandIn,
  parts: readonly string[],
): Promise<Answer> {
  return ok(await shown(refOf(parts), standIn));
}

async function shown(ref: TableRef, standIn: StandIn): Promise<object> {
  const table = standIn.catalog.table(ref);
  const rows = await standIn.connected((connection) => countRows(table, connection));
  return tableResource(table, standIn.catalog, standIn.url, rows);
}

function refOf([dataset = '', table = '']: readonly string[]): TableRef {
  return { dataset, table };
}

async function countRows({ ref }: Table, connection: DuckDBConnection): Promise<bigint> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${tableName(ref)}`);
  return BigInt(String(reader.getRows()[0]?.[0] ?? 0));
}

export async function patchTable(
  request: Request,
  standIn: StandIn,
  parts: readonly string[],
): Promise<Answer> {
  const body = json(request.body) as Partial<TableBody>;
  const ref = refOf(parts);
  const table = standIn.catalog.table(ref);
  if (body.schema !== undefined) {
    const wanted = columnsOf(body);
    const known = new Set(table.columns.map(({ name }) => name.toLowerCase()));
    const added = wanted.filter(({ name }) => !known.has(name.toLowerCase()));
    if (wanted.length < table.columns.length + added.length) {
      const place = `${standIn.catalog.project}:${ref.dataset}.${ref.table}`;
      throw invalid(`Provided Schema does not match Table ${place}. A field is missing in new schema`);
    }
    await standIn.connected((connection) => standIn.catalog.addColumns(connection, ref, added));
  }
  const { expirationTime, labels } = body;
  standIn.catalog.change(ref, {
    ...(expirationTime === undefined ? {} : { expiresAt: Number(expirationTime) }),
    ...(labels === undefined ? {} : { labels }),
  });
  return ok(await shown(ref, standIn));
}

export async function deleteTable(
  _request: Request,
  standIn: StandIn,
  parts: readonly string[],
): Promise<Answer> {
  await standIn.connected((connection) => standIn.catalog.dropTable(connection, refOf(parts)));
  return empty();
}

export async function listRows(
  request: Request,
  standIn: StandIn,
  parts: readonly string[],
): Promise<Answer> {
  const ref = refOf(parts);
  standIn.catalog.table(ref);
  const { maxResults = 100_000, from, int64Timestamps } = pageRequest(request);
  const [total, result] = await standIn.connected(async (connection) => {
    const reader = await connection.runAndReadAll(
      `SELECT * FROM ${tableName(ref)} ORDER BY rowid LIMIT ${maxResults} OFFSET ${from}`,
    );
    return [await countRows(standIn.catalog.table(ref), connection), resultSet(reader)] as const;
  });
  const next = from + result.rows.length;
  return ok({
    kind: 'bigquery#tableDataList',
    etag: 'list',
    totalRows: String(total),
    ...(BigInt(next) < total ? { pageToken: pageToken(next) } : {}),
    ...(result.rows.length === 0 ? {} : { rows: restRows(result, int64Timestamps) }),
  });
}

export function testPermissions(request: Request): Promise<Answer> {
  const { permissions } = json(request.body) as { permissions: readonly string[] };
  return Promise.resolve(ok({ permissions }));
}
