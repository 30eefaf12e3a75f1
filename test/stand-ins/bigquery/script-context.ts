import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Catalog, Table } from './catalog.js';
import type { Changed } from './dml.js';
import type { TableLocks } from './locks.js';
import type { ResultSet } from './results.js';
import type { Type } from './types.js';

/** Looks at a statement before it is carried out; throws what the service would. */
export type Analyze = (
  sql: string,
  tables: readonly Table[],
  names: { readonly parameters: ReadonlyMap<string, Type>; readonly variables: ReadonlyMap<string, Type> },
) => Promise<void>;

export interface ScriptContext {
  readonly catalog: Catalog;
  readonly locks: TableLocks;
  readonly connection: DuckDBConnection;
  readonly analyze: Analyze | undefined;
  readonly location: string;
  readonly defaultDataset: string | undefined;
  readonly parameters: ReadonlyMap<string, { readonly type: Type; readonly value: DuckDBValue }>;
  readonly maximumBytesBilled: bigint | undefined;
  readonly bytesPerValue: number;
  readonly isCancelled: () => boolean;
}

/** What one statement did. */
export interface StatementDone {
  readonly statementType: string;
  readonly changed?: Changed;
  readonly result?: ResultSet;
  readonly bytes: bigint;
}
