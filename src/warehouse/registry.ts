import { bigquery } from '../../warehouses/bigquery/index.js';
import { duckdb } from '../../warehouses/duckdb/index.js';
import { snowflake } from '../../warehouses/snowflake/index.js';
import type { DialectName, Warehouse } from './contract.js';

/** The one place that names the warehouses. Their SDKs load when a session is opened. */
export const WAREHOUSES: Readonly<Record<DialectName, Warehouse<unknown>>> = {
  duckdb: duckdb,
  bigquery: bigquery,
  snowflake: snowflake,
};
