import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { type Catalog, type TableRef, tableName } from './catalog.js';
import type { Database } from './database.js';
import { ServiceError, duplicate, invalid, invalidQuery, notFound } from './errors.js';
import type { CopyConfiguration, QueryConfiguration, QueryParameter, Work } from './jobs.js';
import { type LoadConfiguration, type LoadSource, type Loaded, runLoad } from './loads.js';
import { TableLocks } from './locks.js';
import { Script } from './script.js';
import type { Analyze, ScriptContext, StatementDone } from './script-context.js';
import type { Storage } from './storage.js';
import { type Type, dataType, typeNamed } from './types.js';

/** Bytes of the text of a query. */
const MAX_TEXT = 1024 * 1024;

export interface WorkOptions {
  readonly catalog: Catalog;
  readonly database: Database;
  readonly storage: Storage;
  readonly analyze: Analyze | undefined;
  readonly loadsPerTableAndDay: number;
  readonly bytesPerValue: number;
}

/** What jobs of each type do. */
export class Worker implements Work {
  readonly #options: WorkOptions;
  readonly #locks: TableLocks;
  readonly #loads = new Map<string, number>();

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#locks = new TableLocks(options.catalog.project);
  }

  readonly query: Work['query'] = async (query, location, job) =>
    await this.#script(query, location, () => job.isCancelled, false);

  /** What a dry run finds: the statements as if done. Throws what the query would be refused for. */
  async dryRun(query: QueryConfiguration, location: string): Promise<readonly StatementDone[]> {
    return await this.#script(query, location, () => false, true);
  }

  async #script(
    query: QueryConfiguration,
    location: string,
    isCancelled: () => boolean,
    isDryRun: boolean,
  ): Promise<readonly StatementDone[]> {
    if (query.useLegacySql !== false) throw invalidQuery('The stand-in does not know legacy SQL.');
    if (Buffer.byteLength(query.query) > MAX_TEXT) {
      throw invalid('The query is too large. The maximum standard SQL query length is 1024.00K characters.');
    }
    return await this.#connected(async (connection) => {
      const { maximumBytesBilled } = query;
      const context: ScriptContext = {
        catalog: this.#options.catalog,
        locks: this.#locks,
        connection,
        analyze: this.#options.analyze,
        location,
        defaultDataset: query.defaultDataset?.datasetId,
        parameters: parametersOf(query.queryParameters ?? []),
        bytesPerValue: this.#options.bytesPerValue,
        maximumBytesBilled: maximumBytesBilled === undefined ? undefined : BigInt(maximumBytesBilled),
        isCancelled,
      };
      const script = new Script(query.query, context);
      return isDryRun ? await script.dryRun() : await script.run();
    });
  }

  readonly load: Work['load'] = async (load, sources, _job) => {
    const { catalog, storage, loadsPerTableAndDay } = this.#options;
    const { datasetId, tableId } = load.destinationTable;
    const table = `${datasetId}.${tableId}`;
    const before = this.#loads.get(table) ?? 0;
    this.#loads.set(table, before + 1);
    if (before >= loadsPerTableAndDay) {
      const message = 'Quota exceeded: Your table exceeded quota for imports or query appends per table.';
      throw new ServiceError(403, 'quotaExceeded', message);
    }
    const uris = load.sourceUris ?? [];
    const all = [...sources, ...uris.flatMap((uri) => storage.read(uri).map(asSource))];
    return await this.#connected((connection) => this.#runLoad(load, all, catalog, connection));
  };

  async #runLoad(
    load: LoadConfiguration,
    sources: readonly LoadSource[],
    catalog: Catalog,
    connection: DuckDBConnection,
  ): Promise<Loaded> {
    try {
      return await runLoad(load, sources, catalog, connection);
    } catch (error) {
      throw error instanceof ServiceError ? error : invalid(`Error while reading data: ${String(error)}`);
    }
  }

  readonly copy: Work['copy'] = async (copy) =>
    await this.#connected((connection) => copyTables(copy, this.#options.catalog, connection));

  async #connected<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#options.database.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }
}

async function* asSource(bytes: Buffer): LoadSource {
  await Promise.resolve();
  yield bytes;
}

/** Appends or replaces the rows of a table by those of others with the same columns. */
async function copyTables(
  copy: CopyConfiguration,
  catalog: Catalog,
  connection: DuckDBConnection,
): Promise<bigint> {
  const refOf = ({ datasetId, tableId }: { datasetId: string; tableId: string }): TableRef => ({
    dataset: datasetId,
    table: tableId,
  });
  const sources = [
    ...(copy.sourceTables ?? []),
    ...(copy.sourceTable === undefined ? [] : [copy.sourceTable]),
  ];
  const [first] = sources;
  if (first === undefined) throw invalid('Required parameter is missing: sourceTables');
  const into = refOf(copy.destinationTable);
  const columns = catalog.table(refOf(first)).columns;
  const shape = (ref: TableRef): string =>
    catalog
      .table(ref)
      .columns.map(({ name, type }) => `${name.toLowerCase()} ${dataType(type)}`)
      .join();
  for (const source of sources) {
    if (shape(refOf(source)) !== shape(refOf(first))) throw invalid('Source tables have different schemas.');
  }
  await connection.run('BEGIN TRANSACTION');
  try {
    await prepareCopy(
      copy,
      into,
      catalog,
      connection,
      shape(refOf(first)) === optionalShape(into, catalog, shape),
    );
    let rows = 0n;
    for (const source of sources) {
      const list = columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`).join(', ');
      const result = await connection.run(
        `INSERT INTO ${tableName(into)} (${list}) SELECT ${list} FROM ${tableName(refOf(source))}`,
      );
      rows += BigInt(result.rowsChanged);
    }
    await connection.run('COMMIT');
    return rows;
  } catch (error) {
    await connection.run('ROLLBACK');
    throw error;
  }

  function optionalShape(ref: TableRef, of: Catalog, shapeOf: (ref: TableRef) => string): string | undefined {
    return of.find(ref) === undefined ? undefined : shapeOf(ref);
  }
}

async function prepareCopy(
  copy: CopyConfiguration,
  into: TableRef,
  catalog: Catalog,
  connection: DuckDBConnection,
  isSameShape: boolean,
): Promise<void> {
  const existing = catalog.find(into);
  const place = `Table ${catalog.project}:${into.dataset}.${into.table}`;
  if (existing === undefined) throw notFound(place);
  // Copying into a table that is made by the job, or that changes its columns by it, is nothing heapload does.
  if (!isSameShape) throw invalid(`Schema mismatch with ${place}.`);
  if (copy.writeDisposition === 'WRITE_TRUNCATE') await connection.run(`DELETE FROM ${tableName(into)}`);
  else if (copy.writeDisposition !== 'WRITE_APPEND') {
    const reader = await connection.runAndReadAll(`SELECT 1 FROM ${tableName(into)} LIMIT 1`);
    if (reader.currentRowCount > 0) throw duplicate(place);
  }
}

function parametersOf(
  parameters: readonly QueryParameter[],
): ReadonlyMap<string, { readonly type: Type; readonly value: DuckDBValue }> {
  return new Map(
    parameters.map(({ name = '', parameterType, parameterValue }) => {
      const named = typeNamed(parameterType?.type ?? '');
      if (named === undefined) throw invalid(`Invalid type of parameter ${name}`);
      const value = parameterValue?.value ?? null;
      return [name.toLowerCase(), { type: { name: named }, value: parameterValueOf(named, value) }];
    }),
  );
}

function parameterValueOf(type: Type['name'], value: string | null): DuckDBValue {
  if (value === null) return null;
  if (type === 'INT64') return BigInt(value);
  if (type === 'FLOAT64') return Number(value);
  if (type === 'BOOL') return value === 'true';
  return value;
}
