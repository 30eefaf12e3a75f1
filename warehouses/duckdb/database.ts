import { accessSync, constants, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ConnectOptions } from '../../src/warehouse/contract.js';
import { duckdbDialect } from './dialect.js';
import { type ScannedLoad, registerScan } from './scan.js';
import { type DuckDbSettings, memoryBytes } from './settings.js';

/**
 * The name the database file has inside our connections. DuckDB would name it after the file, and then a schema of
 * the same name (`heap` in `heap.duckdb`) is ambiguous in every statement.
 */
export const CATALOG = '_heapload_db';

/**
 * The oldest DuckDB that has to open the files we make. Left to itself DuckDB writes for far older ones, which takes a
 * quarter longer and a seventh more room. A file that is there keeps what it has.
 */
const STORAGE_VERSION = 'v1.4.0';

/** Loads that statements may scan, by `scanName`; those of all sessions of a database. */
export type ScannedLoads = Map<string, ScannedLoad>;

interface OpenDatabase {
  readonly instance: DuckDBInstance;
  readonly loads: ScannedLoads;
  readonly key: string;
  users: number;
}

/** Databases this process has open: a file may be opened once only, however many sessions work on it. */
const open = new Map<string, OpenDatabase>();

export interface Connected {
  readonly connection: DuckDBConnection;
  readonly loads: ScannedLoads;
  /** For what does not stay. */
  readonly folder: string;
  /** Call once; the last one out closes the file. */
  readonly release: () => void;
}

/** Connects to the file; one that does not exist is, unless for writing, an empty database that is never written. */
export async function openDatabase(
  settings: DuckDbSettings,
  mode: ConnectOptions['mode'],
): Promise<Connected> {
  const writeKey = `write ${settings.path}`;
  const key = mode === 'write' || open.has(writeKey) ? writeKey : `${mode} ${settings.path}`;
  const database = open.get(key) ?? (await attach(settings, mode, key));
  open.set(key, database);
  database.users += 1;
  const connection = await database.instance.connect();
  await connection.run(`USE ${duckdbDialect.quoteIdentifier(CATALOG)}`);
  return {
    connection,
    loads: database.loads,
    folder: settings.path === ':memory:' ? tmpdir() : path.dirname(settings.path),
    release: () => {
      connection.closeSync();
      database.users -= 1;
      if (database.users > 0) return;
      open.delete(database.key);
      database.instance.closeSync();
    },
  };
}

async function attach(
  settings: DuckDbSettings,
  mode: ConnectOptions['mode'],
  key: string,
): Promise<OpenDatabase> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: settings.memoryLimit,
    ...(settings.threads === undefined ? {} : { threads: String(settings.threads) }),
    // What does not fit into memory goes beside the database file, not into the folder the command was called from.
    ...(settings.path === ':memory:' ? {} : { temp_directory: `${settings.path}.tmp` }),
    // Nothing may reach for the network in the middle of a load.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // No query of ours relies on the order in which rows were written, and keeping it would hold back the threads.
    preserve_insertion_order: 'false',
    // A row group that is full goes to the file at once, instead of waiting in memory for four more.
    write_buffer_row_group_count: '1',
    // At checkpoints DuckDB would merge row groups in which rows were deleted: with 1.5.6 that damages files now and then
    // (duckdb/duckdb#21601, #22823), and after a first load it would write the table again.
    max_vacuum_tasks: '0',
  });
  const loads: ScannedLoads = new Map();
  try {
    const connection = await instance.connect();
    const isThere = settings.path !== ':memory:' && existsSync(settings.path);
    if (mode === 'probe' && !isThere) requireFolder(settings.path);
    const file = mode === 'write' || isThere ? settings.path : ':memory:';
    const name = duckdbDialect.quoteIdentifier(CATALOG);
    await connection.run(
      `ATTACH ${duckdbDialect.literal(file)} AS ${name}${attachOptions(settings.path, mode, isThere)}`,
    );
    registerScan(connection, loads, memoryBytes(settings));
    connection.closeSync();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  return { instance, loads, key, users: 0 };
}

function attachOptions(file: string, mode: ConnectOptions['mode'], isThere: boolean): string {
  if (isThere) return mode === 'read' ? ' (READ_ONLY)' : '';
  const isMade = mode === 'write' && file !== ':memory:';
  return isMade ? ` (STORAGE_VERSION ${duckdbDialect.literal(STORAGE_VERSION)})` : '';
}

/** Throws where DuckDB could not make the file. */
function requireFolder(file: string): void {
  if (file !== ':memory:') accessSync(path.dirname(file), constants.W_OK | constants.X_OK);
}
