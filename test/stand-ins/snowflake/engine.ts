import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { CATALOG_VIEWS } from './catalog.js';
import { MACROS } from './sql/functions.js';
import { quoteEngineName } from './sql/names.js';

/** The engine behind the stand-in: one database in memory for each of Snowflake's. */
export interface Engine {
  connect(): Promise<DuckDBConnection>;
  hasDatabase(name: string): boolean;
  stop(): void;
}

export async function startEngine(databases: readonly string[]): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
  const setup = await instance.connect();
  await setup.run('CREATE SCHEMA memory.sf');
  for (const statement of [...MACROS, ...CATALOG_VIEWS]) await setup.run(statement);
  for (const name of databases) {
    await setup.run(`ATTACH ':memory:' AS ${quoteEngineName(name)}`);
    await setup.run(`CREATE SCHEMA ${quoteEngineName(name)}."PUBLIC"`);
  }
  return {
    async connect() {
      const connection = await instance.connect();
      await connection.run(`SET default_null_order = 'nulls_last_on_asc_first_on_desc'`);
      await connection.run(`SET TimeZone = 'UTC'`);
      return connection;
    },
    hasDatabase: (name) => databases.includes(name),
    stop() {
      setup.closeSync();
      instance.closeSync();
    },
  };
}
