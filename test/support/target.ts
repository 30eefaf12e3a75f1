import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DialectName } from '../../src/warehouse/contract.js';

/** A warehouse the shared suites can run against. */
export interface Target {
  readonly name: DialectName;
  /** A schema nobody has used yet: the `warehouse:` block of a configuration, `type` included. */
  fresh(): Promise<{
    readonly warehouse: Readonly<Record<string, unknown>>;
    readonly dispose: () => Promise<void>;
  }>;
}

export const duckdbTarget: Target = duckdb('keys');
/** Stages all columns of a load. */
export const duckdbTableTarget: Target = duckdb('table');

function duckdb(staging: string): Target {
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
        staging,
      };
      return { warehouse, dispose: () => rm(folder, { recursive: true, force: true }) };
    },
  };
}
