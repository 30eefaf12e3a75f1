import type { Row, RowValue } from '../../src/warehouse/contract.js';
import type { Client } from './client.js';
import type { FieldSchema, JobReference, QueryResults } from './resources.js';

const PAGE_ROWS = 10_000;

/** All rows of a query job that is done. */
export async function readRows(client: Client, job: JobReference): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let pageToken: string | undefined;
  do {
    const page = await resultsPage(client, job, PAGE_ROWS, pageToken);
    const fields = page.schema?.fields ?? [];
    for (const { f } of page.rows ?? []) rows.push(plainRow(fields, f));
    pageToken = page.pageToken === '' ? undefined : page.pageToken;
  } while (pageToken !== undefined);
  return rows;
}

/** How many rows a query job that is done has; and the first of them. */
export async function firstRow(
  client: Client,
  job: JobReference,
): Promise<{ readonly count: number; readonly row: Row | undefined }> {
  const page = await resultsPage(client, job, 1, undefined);
  const [first] = page.rows ?? [];
  const row = first === undefined ? undefined : plainRow(page.schema?.fields ?? [], first.f);
  return { count: Number(page.totalRows ?? 0), row };
}

async function resultsPage(
  client: Client,
  job: JobReference,
  maxResults: number,
  pageToken: string | undefined,
): Promise<QueryResults> {
  return await client.request<QueryResults>({
    method: 'GET',
    uri: `/queries/${encodeURIComponent(job.jobId)}`,
    qs: {
      location: job.location,
      maxResults,
      // Otherwise timestamps come as seconds in floating point.
      'formatOptions.useInt64Timestamp': true,
      ...(pageToken === undefined ? {} : { pageToken }),
    },
  });
}

function plainRow(fields: readonly FieldSchema[], cells: readonly { readonly v: unknown }[]): Row {
  return Object.fromEntries(fields.map((field, n) => [field.name, plainValue(field, cells[n]?.v ?? null)]));
}

function plainValue({ name, type, mode }: FieldSchema, value: unknown): RowValue {
  if (value === null) return null;
  // None of our queries gives arrays or records.
  if (mode === 'REPEATED' || typeof value !== 'string')
    throw new Error(`column ${name} is not a single value`);
  switch (type) {
    case 'INTEGER':
    case 'INT64':
    case 'TIMESTAMP':
      return BigInt(value);
    case 'FLOAT':
    case 'FLOAT64':
      return Number(value.replace(/^([+-]?)inf$/i, '$1Infinity'));
    case 'BOOLEAN':
    case 'BOOL':
      return value === 'true';
    default:
      return value;
  }
}
