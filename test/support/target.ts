import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DialectName } from '../../src/warehouse/contract.js';
import { type BigQueryStandIn, startBigQueryStandIn } from '../stand-ins/bigquery/server.js';

/** A warehouse the shared suites can run against. */
export interface Target {
  readonly name: DialectName;
  /** A schema nobody has used yet: the `warehouse:` block of a configuration, `type` included. */
  fresh(): Promise<{
    readonly warehouse: Readonly<Record<string, unknown>>;
    readonly dispose: () => Promise<void>;
  }>;
}

export const duckdbTarget: Target = {
  name: 'duckdb',
  async fresh() {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-duckdb-'));
    const warehouse = {
      type: 'duckdb',
      schema: 'heap',
      path: path.join(folder, 'heap.duckdb'),
      memory_limit: '1GB',
      threads: 2,
    };
    return { warehouse, dispose: () => rm(folder, { recursive: true, force: true }) };
  },
};

/** A stand-in server of BigQuery on loopback, one for all schemas: each is a dataset of its own. */
export interface BigQueryTarget extends Target {
  readonly server: BigQueryStandIn;
  stop(): Promise<void>;
}

/** `settings` are added to those of every schema's `warehouse:` block. */
export async function bigqueryTarget(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<BigQueryTarget> {
  const server = await startBigQueryStandIn({ project: 'acme-analytics', buckets: ['acme-loads'] });
  let schemas = 0;
  return {
    name: 'bigquery',
    server,
    fresh: () => {
      schemas += 1;
      const warehouse = {
        type: 'bigquery',
        schema: `heap_${schemas}`,
        project: server.project,
        credentials: 'none',
        api_endpoint: server.url,
        ...settings,
      };
      return Promise.resolve({ warehouse, dispose: () => Promise.resolve() });
    },
    stop: () => server.stop(),
  };
}
