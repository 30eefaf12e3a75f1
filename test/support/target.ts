import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import {
  type SnowflakeStandIn,
  type StandInOptions,
  startSnowflakeStandIn,
} from '../stand-ins/snowflake/server.js';
import { snowflakeBlock } from './snowflake-block.js';
import type { DialectName } from '../../src/warehouse/contract.js';
import {
  type BigQueryStandIn,
  type StandInOptions as BigQueryOptions,
  startBigQueryStandIn,
} from '../stand-ins/bigquery/server.js';

/** A warehouse the shared suites can run against. */
export interface Target {
  readonly name: DialectName;
  /** A schema nobody has used yet: the `warehouse:` block of a configuration, `type` included. */
  fresh(): Promise<{
    readonly warehouse: Readonly<Record<string, unknown>>;
    readonly dispose: () => Promise<void>;
  }>;
}

export const duckdbTarget: Target = duckdb({ staging: 'keys' });
/** Stages all columns of a load. */
export const duckdbTableTarget: Target = duckdb({ staging: 'table' });

/** With settings of the warehouse. */
export function duckdb(settings: Readonly<Record<string, unknown>>): Target {
  return {
    name: 'duckdb',
    async fresh() {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-duckdb-'));
      const warehouse = {
        type: 'duckdb',
        schema: 'heap',
        path: path.join(folder, 'heap.duckdb'),
        memory_limit: '1GB',
        threads: 2,
        ...settings,
      };
      return { warehouse, dispose: () => rm(folder, { recursive: true, force: true }) };
    },
  };
}

/** A stand-in for Snowflake that the real driver logs in to; each world has a schema of its own there. */
export function snowflakeTarget(options: StandInOptions = {}): {
  readonly target: Target;
  /** The stand-in, started when it is first asked for. */
  readonly standIn: () => Promise<SnowflakeStandIn>;
  readonly stop: () => Promise<void>;
} {
  let started: ReturnType<typeof start> | undefined;
  let schemas = 0;
  const start = async () => {
    // A transaction whose run died gives way after five minutes at Snowflake.
    const standIn = await startSnowflakeStandIn({ idleTransactionMs: 300, ...options });
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-snowflake-key-'));
    return { standIn, folder, block: await snowflakeBlock(standIn, folder) };
  };
  const running = (): ReturnType<typeof start> => (started ??= start());
  const target: Target = {
    name: 'snowflake',
    async fresh() {
      const { block } = await running();
      schemas += 1;
      const warehouse = { ...block, type: 'snowflake', schema: `heap_${schemas}` };
      return { warehouse, dispose: () => dropSchema(warehouse) };
    },
  };
  return {
    target,
    standIn: async () => (await running()).standIn,
    stop: async () => {
      if (started === undefined) return;
      const { standIn, folder } = await started;
      await standIn.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The engine behind the stand-in keeps all its tables in memory. */
async function dropSchema(block: Readonly<Record<string, string>>): Promise<void> {
  const { type: _type, schema = '', ...settings } = block;
  const parsed = WAREHOUSES.snowflake.parseSettings(settings, '/');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { signal } = new AbortController();
  const session = await WAREHOUSES.snowflake.connect(parsed.settings, { mode: 'read', signal });
  try {
    await session.query(`DROP SCHEMA IF EXISTS ${WAREHOUSES.snowflake.dialect().quoteIdentifier(schema)}`);
  } finally {
    await session.close();
  }
}

/** A stand-in server of BigQuery on loopback, one for all schemas: each is a dataset of its own. */
export interface BigQueryTarget extends Target {
  readonly server: BigQueryStandIn;
  stop(): Promise<void>;
}

/** `settings` are added to those of every schema's `warehouse:` block, `options` to those of the stand-in. */
export async function bigqueryTarget(
  settings: Readonly<Record<string, unknown>> = {},
  options: BigQueryOptions = {},
): Promise<BigQueryTarget> {
  const server = await startBigQueryStandIn({
    project: 'acme-analytics',
    buckets: ['acme-loads'],
    ...options,
  });
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
