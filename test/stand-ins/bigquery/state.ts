import type { DuckDBConnection } from '@duckdb/node-api';
import type { Catalog } from './catalog.js';
import type { Faults } from './faults.js';
import type { Jobs } from './jobs.js';
import type { ResumableUploads } from './resumable.js';
import type { Storage } from './storage.js';
import type { Worker } from './work.js';

/** All the server knows. */
export interface StandIn {
  readonly url: string;
  readonly catalog: Catalog;
  readonly jobs: Jobs;
  readonly worker: Worker;
  readonly storage: Storage;
  readonly uploads: ResumableUploads;
  readonly faults: Faults;
  readonly connected: <T>(work: (connection: DuckDBConnection) => Promise<T>) => Promise<T>;
}
