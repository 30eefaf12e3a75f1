import { randomUUID } from 'node:crypto';
import { HeaploadError } from '../../src/errors.js';
import { STAGING_PREFIX } from '../../src/schema/identifiers.js';
import type { Permission } from '../../src/warehouse/contract.js';
import type { Client } from './client.js';
import { bigqueryError } from './errors.js';
import { failureOf } from './failures.js';
import { questionId } from './job-ids.js';
import { runJob } from './jobs.js';
import { queryConfiguration } from './query.js';
import { quoteIdentifier } from './quoting.js';
import { openBucket } from './storage.js';

/** Milliseconds after which BigQuery removes the table of a probe that could not. */
const TABLE_LIFE_MS = 3_600_000;

/**
 * Tries what a run does: start a job, make a table in each dataset, change its rows, drop it, write an object. The
 * table has a name of its own and an expiry. What could not be tried because something before it failed is left out.
 */
export async function probePermissions(
  client: Client,
  schemas: readonly string[],
  signal: AbortSignal,
): Promise<readonly Permission[]> {
  const probe = new Probe();
  await probe.run('start jobs in the project (bigquery.jobs.create)', () =>
    query(client, 'SELECT 1', signal),
  );
  for (const schema of schemas) await probeDataset(probe, client, schema, signal);
  const { transfer } = client.settings;
  if (transfer.kind === 'gcs') {
    await probe.run(
      `write objects to gs://${transfer.bucket}/${transfer.prefix} (storage.objects.create)`,
      () => writeObject(client, transfer),
    );
  }
  return probe.results;
}

class Probe {
  readonly results: Permission[] = [];

  async run<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const value = await work();
      this.results.push({ what });
      return value;
    } catch (thrown) {
      const error = bigqueryError(thrown);
      if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
      this.results.push({ what, error });
      return undefined;
    }
  }
}

async function probeDataset(
  probe: Probe,
  client: Client,
  schema: string,
  signal: AbortSignal,
): Promise<void> {
  const dataset = await probe.run(`see the dataset ${schema} (bigquery.datasets.get)`, () =>
    findDataset(client, schema, signal),
  );
  if (dataset?.exists === true) await probeTables(probe, client, schema, signal);
  if (dataset?.exists === false) {
    await probe.run(`create the dataset ${schema} (bigquery.datasets.create)`, () =>
      query(client, `CREATE SCHEMA ${quoteIdentifier(schema)}`, signal, true),
    );
  }
}

async function query(client: Client, sql: string, signal: AbortSignal, dryRun = false): Promise<void> {
  const configuration = queryConfiguration(client.settings, sql, { dryRun });
  if (!dryRun) {
    await runJob(client, { idPrefix: questionId(), configuration }, signal);
    return;
  }
  const { project, location } = client.settings;
  const json = { jobReference: { projectId: project, location }, configuration };
  await client.request({ method: 'POST', uri: '/jobs', json }, signal);
}

async function findDataset(
  client: Client,
  schema: string,
  signal: AbortSignal,
): Promise<{ readonly exists: boolean }> {
  try {
    const uri = `/datasets/${encodeURIComponent(schema)}`;
    const dataset = await client.request<{ readonly location?: string }>({ method: 'GET', uri }, signal);
    requireLocation(client, schema, dataset.location);
    return { exists: true };
  } catch (error) {
    if (failureOf(error)?.status !== 404) throw error;
    return { exists: false };
  }
}

function requireLocation({ settings }: Client, schema: string, location: string | undefined): void {
  if (location === undefined || location.toLowerCase() === settings.location.toLowerCase()) return;
  throw new HeaploadError(
    'WAREHOUSE_UNAVAILABLE',
    `The dataset ${schema} is in ${location}, and warehouse.location says ${settings.location}.`,
    { hint: `Set warehouse.location: ${location}, or use another dataset.` },
  );
}

async function probeTables(probe: Probe, client: Client, schema: string, signal: AbortSignal): Promise<void> {
  const name = `${STAGING_PREFIX}check_${randomUUID().replaceAll('-', '_')}`;
  const table = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
  const tables = `/datasets/${encodeURIComponent(schema)}/tables`;
  const json = {
    tableReference: { projectId: client.settings.project, datasetId: schema, tableId: name },
    schema: { fields: [{ name: 'x', type: 'INT64' }] },
    expirationTime: String(Date.now() + TABLE_LIFE_MS),
  };
  const made = await probe.run(`create tables in ${schema} (bigquery.tables.create)`, () =>
    client.request<object>({ method: 'POST', uri: tables, json }, signal),
  );
  if (made === undefined) return;
  await probe.run(`write rows in ${schema} (bigquery.tables.updateData)`, () =>
    query(client, `INSERT INTO ${table} (x) VALUES (1)`, signal),
  );
  await probe.run(`read rows in ${schema} (bigquery.tables.getData)`, () =>
    query(client, `SELECT x FROM ${table}`, signal),
  );
  await probe.run(`drop tables in ${schema} (bigquery.tables.delete)`, () =>
    client.request({ method: 'DELETE', uri: `${tables}/${name}` }),
  );
}

async function writeObject(
  client: Client,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<void> {
  const opened = await openBucket(client, bucket);
  const object = opened.file(`${prefix}heapload-check-${randomUUID()}`);
  await object.save('', { resumable: false });
  await object.delete({ ignoreNotFound: true });
}
