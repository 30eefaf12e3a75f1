import { createRequire } from 'node:module';
import type * as Api from '@duckdb/node-api';

const require = createRequire(import.meta.url);

/**
 * DuckDB's package, by `require`: for an import Node would look through all its files for the names they export first, which
 * takes as long as loading them, 0.1 s of every run.
 */
export const api = require('@duckdb/node-api') as typeof Api;
