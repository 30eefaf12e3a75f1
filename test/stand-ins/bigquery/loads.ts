import type { DuckDBConnection } from '@duckdb/node-api';
import { type AvroColumn, avroColumns } from './avro-columns.js';
import { readAvro } from './avro.js';
import { type Catalog, type Column, type Table, type TableRef, tableName } from './catalog.js';
import { duplicate, invalid, notFound, unknownToStandIn } from './errors.js';
import { type Field, dataType, typeOfField } from './types.js';

/** `configuration.load` of a job. */
export interface LoadConfiguration {
  readonly destinationTable: {
    readonly projectId: string;
    readonly datasetId: string;
    readonly tableId: string;
  };
  readonly sourceFormat?: string;
  readonly sourceUris?: readonly string[];
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly useAvroLogicalTypes?: boolean;
  readonly writeDisposition?: string;
  readonly createDisposition?: string;
}

export interface Loaded {
  readonly rows: bigint;
  readonly bytes: bigint;
  readonly files: number;
}

/** One file of a load job; its bytes can be read once. */
export type LoadSource = AsyncIterable<Uint8Array>;

/** Carries out a load job: all its rows or none. */
export async function runLoad(
  load: LoadConfiguration,
  sources: readonly LoadSource[],
  catalog: Catalog,
  connection: DuckDBConnection,
): Promise<Loaded> {
  if (load.sourceFormat !== 'AVRO') throw unknownToStandIn(`the source format ${load.sourceFormat ?? 'CSV'}`);
  const ref = { dataset: load.destinationTable.datasetId, table: load.destinationTable.tableId };
  catalog.dataset(ref.dataset);
  const existing = catalog.find(ref);
  if (existing === undefined && load.createDisposition === 'CREATE_NEVER') {
    throw notFound(`Table ${catalog.project}:${ref.dataset}.${ref.table}`);
  }
  const given = load.schema?.fields?.map(columnOf);
  const truncates = load.writeDisposition === 'WRITE_TRUNCATE';
  if (!truncates && existing !== undefined && given !== undefined) checkSchema(catalog, existing, given);
  const settled = given ?? (truncates ? undefined : existing?.columns);
  await connection.run('BEGIN TRANSACTION');
  try {
    const loader = new Loader(load, ref, catalog, connection, settled);
    for (const source of sources) await loader.add(source);
    const loaded = loader.done();
    await connection.run('COMMIT');
    return loaded;
  } catch (error) {
    await connection.run('ROLLBACK');
    catalog.restore(ref, existing);
    throw error;
  }
}

function columnOf(field: Field): Column {
  const { name, mode } = field;
  const type = typeOfField(field);
  return mode === undefined || mode === 'REPEATED' ? { name, type } : { name, type, mode };
}

/** The job's schema against that of a table rows are appended to. */
function checkSchema(catalog: Catalog, table: Table, given: readonly Column[]): void {
  const prefix = `Provided Schema does not match Table ${catalog.project}:${table.ref.dataset}.${table.ref.table}.`;
  for (const { name, type } of given) {
    const column = table.columns.find((known) => known.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw invalid(`${prefix} Cannot add fields (field: ${name})`);
    const [before, after] = [dataType(column.type), dataType(type)];
    if (before !== after)
      throw invalid(`${prefix} Field ${name} has changed type from ${before} to ${after}`);
  }
}

class Loader {
  readonly #load: LoadConfiguration;
  readonly #ref: TableRef;
  readonly #catalog: Catalog;
  readonly #connection: DuckDBConnection;
  #settled: readonly Column[] | undefined;
  #rows = 0n;
  #bytes = 0n;
  #files = 0;

  constructor(
    load: LoadConfiguration,
    ref: TableRef,
    catalog: Catalog,
    connection: DuckDBConnection,
    settled: readonly Column[] | undefined,
  ) {
    this.#load = load;
    this.#ref = ref;
    this.#catalog = catalog;
    this.#connection = connection;
    this.#settled = settled;
  }

  async add(source: LoadSource): Promise<void> {
    const { schema, rows } = await readAvro(this.#counted(source));
    const columns = avroColumns(schema, {
      useAvroLogicalTypes: this.#load.useAvroLogicalTypes === true,
      settled: new Map(this.#settled?.map((column) => [column.name.toLowerCase(), column])),
    });
    this.#checkNames(columns);
    if (this.#files === 0) await this.#prepare(columns);
    this.#files += 1;
    await this.#append(columns, rows);
  }

  done(): Loaded {
    return { rows: this.#rows, bytes: this.#bytes, files: this.#files };
  }

  async *#counted(source: LoadSource): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#bytes += BigInt(chunk.byteLength);
      yield chunk;
    }
  }

  #checkNames(columns: readonly AvroColumn[]): void {
    if (this.#settled === undefined) return;
    const known = new Set(this.#settled.map(({ name }) => name.toLowerCase()));
    const extra = columns.find(({ name }) => !known.has(name.toLowerCase()));
    const { dataset, table } = this.#ref;
    if (extra !== undefined) {
      const place = `${this.#catalog.project}:${dataset}.${table}`;
      throw invalid(
        `Provided Schema does not match Table ${place}. Cannot add fields (field: ${extra.name})`,
      );
    }
  }

  /** Makes or empties the table, once the first file has shown its columns. */
  async #prepare(columns: readonly AvroColumn[]): Promise<void> {
    const disposition = this.#load.writeDisposition ?? 'WRITE_APPEND';
    const existing = this.#catalog.find(this.#ref);
    this.#settled ??= columns.map(({ name, type }) => ({ name, type }));
    if (existing === undefined || disposition === 'WRITE_TRUNCATE') {
      const { partitionColumn, clusterColumns, expiresAt, labels } = existing ?? {};
      await this.#catalog.createTable(this.#connection, this.#ref, this.#settled, {
        ...(partitionColumn === undefined ? {} : { partitionColumn }),
        ...(clusterColumns === undefined ? {} : { clusterColumns }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(labels === undefined ? {} : { labels }),
      });
      return;
    }
    if (disposition !== 'WRITE_EMPTY') return;
    const reader = await this.#connection.runAndReadAll(`SELECT 1 FROM ${tableName(this.#ref)} LIMIT 1`);
    if (reader.currentRowCount > 0) {
      throw duplicate(`Table ${this.#catalog.project}:${this.#ref.dataset}.${this.#ref.table}`);
    }
  }

  async #append(
    columns: readonly AvroColumn[],
    rows: AsyncIterable<Readonly<Record<string, unknown>>>,
  ): Promise<void> {
    const { dataset, table } = this.#ref;
    const appender = await this.#connection.createAppender(table, dataset);
    const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
    const places = this.#catalog.table(this.#ref).columns.map((column) => {
      const read = byName.get(column.name.toLowerCase());
      if (read === undefined && column.mode === 'REQUIRED')
        throw invalid(`Required field ${column.name} is missing`);
      return read;
    });
    for await (const row of rows) {
      for (const column of places) {
        const value = column === undefined ? null : unwrapped(row[column.name], column.nullable);
        if (column === undefined || value === null) appender.appendNull();
        else column.append(appender, value);
      }
      appender.endRow();
      this.#rows += 1n;
    }
    appender.closeSync();
  }
}

function unwrapped(value: unknown, nullable: boolean): unknown {
  if (!nullable || value === null || value === undefined) return value ?? null;
  if (typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  return Object.values(value)[0] ?? null;
}
