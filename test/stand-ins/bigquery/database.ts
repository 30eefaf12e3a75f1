import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { MACROS } from './functions.js';

/** The DuckDB in memory that holds the tables and carries out the SQL. */
export interface Database {
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

export async function openDatabase(): Promise<Database> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const connection = await instance.connect();
  await connection.run(`SET GLOBAL TimeZone = 'UTC'`);
  await connection.run(`SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'`);
  for (const macro of MACROS) await connection.run(macro);
  // Read at BEGIN, because DuckDB takes the snapshot of a transaction at its first statement.
  await connection.run('CREATE TABLE bq_clock AS SELECT 1 AS tick');
  return {
    connect: () => instance.connect(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
