import { LEDGER } from '../plan/ledger.js';
import type { Dialect } from '../warehouse/contract.js';
import { engineFor } from './engines.js';

/** The read-only queries of a schema, one template each under `observe/`. */
const QUERIES = {
  schemas: 'schemas',
  columns: 'columns',
  lease: 'lease',
  dumps: 'dumps',
  openLoads: 'open-loads',
  tables: 'tables',
  history: 'history',
  files: 'files',
  skippedFiles: 'skipped-files',
  runs: 'runs',
  tableStatus: 'table-status',
  loadedFiles: 'loaded-files',
  tableDumps: 'table-dumps',
  relations: 'relations',
} as const;

export type Observation = Readonly<Record<keyof typeof QUERIES, string>>;

export function renderObservation(dialect: Dialect, schema: string): Observation {
  const engine = engineFor(dialect, schema);
  const context = { schema, ledger: LEDGER };
  const render = (name: string): string => engine.render(`observe/${name}`, context).sql;
  const entries = Object.entries(QUERIES).map(([key, name]) => [key, render(name)]);
  return Object.fromEntries(entries) as Observation;
}
