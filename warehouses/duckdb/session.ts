import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { HeaploadError, asHeaploadError, interrupted } from '../../src/errors.js';
import type {
  ConnectOptions,
  ExecuteOptions,
  Operation,
  OperationResult,
  Parameters,
  Row,
  RowValue,
  Session,
  Statement,
  Transfer,
} from '../../src/warehouse/contract.js';
import { STAGED_PLACE_COLUMN, scanName } from '../../src/schema/identifiers.js';
import { type Connected, openDatabase } from './database.js';
import { duckdbDialect } from './dialect.js';
import { openError, statementError } from './errors.js';
import { SCAN_FUNCTION, type ScannedLoad } from './scan.js';
import type { DuckDbSettings } from './settings.js';
import { type Workshop, forget, stage } from './transfer.js';

/** Opens the database file; see {@link openDatabase}. */
export async function connectDuckDb(settings: DuckDbSettings, options: ConnectOptions): Promise<Session> {
  try {
    return new DuckDbSession(await openDatabase(settings, options.mode), options.signal);
  } catch (error) {
    throw openError(error, settings.path);
  }
}

class DuckDbSession implements Session {
  readonly #release: () => void;
  readonly #workshop: Workshop;
  /** The load that was staged last. */
  #scanned: ScannedLoad | undefined;
  readonly #interrupt: () => void;
  readonly #signal: AbortSignal;
  #inTransaction = false;

  constructor({ release, ...workshop }: Connected, signal: AbortSignal) {
    this.#release = release;
    this.#workshop = workshop;
    this.#signal = signal;
    this.#interrupt = () => {
      workshop.connection.interrupt();
    };
    signal.addEventListener('abort', this.#interrupt);
  }

  async execute(operation: Operation, options: ExecuteOptions): Promise<OperationResult> {
    if (!continuesTransaction(operation)) await this.#rollback();
    if (operation.kind === 'transfer') return { rows: await this.#transfer(operation, options) };
    try {
      const rows = await this.#run(operation, options);
      this.#inTransaction = operation.transaction === 'begin' || operation.transaction === 'within';
      return { rows };
    } catch (error) {
      await this.#rollback();
      throw this.#failure(error, operation.sql, options);
    }
  }

  async query(sql: string): Promise<readonly Row[]> {
    try {
      const reader = await this.#workshop.connection.runAndReadAll(sql);
      return reader.getRowObjects().map(plainRow);
    } catch (error) {
      throw statementError(error, sql);
    }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#interrupt);
    await this.#rollback();
    this.#forget();
    this.#release();
  }

  async #run(statement: Statement, options: ExecuteOptions): Promise<number> {
    const values = boundValues(statement, options.parameters);
    const returned = statement.expect?.count === 'returned';
    if (returned) {
      const reader = await this.#workshop.connection.runAndReadAll(statement.sql, values);
      expectRows(statement, reader.currentRowCount, reader.getRowObjects().map(plainRow));
      return reader.currentRowCount;
    }
    const result = await this.#workshop.connection.run(statement.sql, values);
    expectRows(statement, result.rowsChanged, []);
    return result.rowsChanged;
  }

  async #transfer(transfer: Transfer, options: ExecuteOptions): Promise<number> {
    this.#forget();
    const rows = await stage(transfer, this.#workshop, options, (load) => {
      this.#scanned = load;
    });
    if (transfer.narrow === undefined) {
      await this.#copyAll(transfer, options);
      this.#forget();
    }
    return rows;
  }

  /** Fills a staging table of all columns. */
  async #copyAll({ into }: Transfer, options: ExecuteOptions): Promise<void> {
    const name = duckdbDialect.literal(scanName(into.schema, into.name));
    const place = duckdbDialect.quoteIdentifier(STAGED_PLACE_COLUMN);
    const sql = `INSERT INTO ${duckdbDialect.quoteTable(into)} SELECT * EXCLUDE (${place}) FROM ${SCAN_FUNCTION}(${name}, NULL)`;
    try {
      await this.#workshop.connection.run(sql);
    } catch (error) {
      throw this.#failure(error, sql, options);
    }
  }

  #forget(): void {
    const scanned = this.#scanned;
    this.#scanned = undefined;
    if (scanned !== undefined) forget(scanned, this.#workshop.loads);
  }

  /** What a scan threw says more than what DuckDB made of it. */
  #failure(error: unknown, sql: string, { signal }: ExecuteOptions): HeaploadError {
    if (signal.aborted) return interrupted();
    const thrown = this.#scanned?.error;
    // Of this statement alone: a later one may fail for another reason before another load is scanned.
    if (this.#scanned !== undefined) this.#scanned.error = undefined;
    return thrown === undefined ? statementError(error, sql) : asHeaploadError(thrown);
  }

  async #rollback(): Promise<void> {
    if (!this.#inTransaction) return;
    this.#inTransaction = false;
    try {
      await this.#workshop.connection.run('ROLLBACK');
    } catch {
      // A COMMIT that failed has ended the transaction already; what matters is the error that led here.
    }
  }
}

/** Anything else means that a transaction still open was given up. */
function continuesTransaction(operation: Operation): boolean {
  return (
    operation.kind === 'statement' &&
    (operation.transaction === 'within' || operation.transaction === 'commit')
  );
}

function boundValues(statement: Statement, parameters: Parameters): Record<string, DuckDBValue> {
  return Object.fromEntries(
    statement.parameters.map((name) => {
      const value = parameters[name];
      if (value === undefined) throw new Error(`no value for parameter ${name}`);
      return [name, value];
    }),
  );
}

function expectRows(statement: Statement, actual: number, rows: readonly Row[]): void {
  const { expect } = statement;
  if (expect === undefined || actual === expect.rows) return;
  const seen = rows[0] === undefined ? '' : ` ${describeRow(rows[0])}`;
  throw new HeaploadError(expect.otherwise, `${expect.message}${seen}`, {
    hint: 'Nothing of this step was committed. Run again; if it happens again, please report it.',
  });
}

function describeRow(row: Row): string {
  return Object.entries(row)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}

function plainRow(row: Readonly<Record<string, DuckDBValue>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: DuckDBValue): RowValue {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'number':
    case 'boolean':
      return value;
    default:
      return value === null ? null : String(value);
  }
}
