import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { readRows } from '../../src/avro/rows.js';
import { HeaploadError, asHeaploadError } from '../../src/errors.js';
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
  TransferFile,
} from '../../src/warehouse/contract.js';
import { appendValue } from './append.js';
import { CATALOG, type Connected, openDatabase } from './database.js';
import { openError, statementError } from './errors.js';
import type { DuckDbSettings } from './settings.js';

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
  readonly #connection: DuckDBConnection;
  readonly #interrupt: () => void;
  readonly #signal: AbortSignal;
  #inTransaction = false;

  constructor({ connection, release }: Connected, signal: AbortSignal) {
    this.#release = release;
    this.#connection = connection;
    this.#signal = signal;
    this.#interrupt = () => {
      connection.interrupt();
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
      if (options.signal.aborted) throw interrupted();
      throw statementError(error, operation.sql);
    }
  }

  async query(sql: string): Promise<readonly Row[]> {
    try {
      const reader = await this.#connection.runAndReadAll(sql);
      return reader.getRowObjects().map(plainRow);
    } catch (error) {
      throw statementError(error, sql);
    }
  }

  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#interrupt);
    await this.#rollback();
    this.#release();
  }

  async #run(statement: Statement, options: ExecuteOptions): Promise<number> {
    const values = boundValues(statement, options.parameters);
    const returned = statement.expect?.count === 'returned';
    if (returned) {
      const reader = await this.#connection.runAndReadAll(statement.sql, values);
      expectRows(statement, reader.currentRowCount, reader.getRowObjects().map(plainRow));
      return reader.currentRowCount;
    }
    const result = await this.#connection.run(statement.sql, values);
    expectRows(statement, result.rowsChanged, []);
    return result.rowsChanged;
  }

  async #transfer(transfer: Transfer, options: ExecuteOptions): Promise<number> {
    let rows = 0;
    let bytes = 0;
    for (const [n, file] of transfer.files.entries()) {
      if (options.signal.aborted) throw interrupted();
      rows += await this.#appendFile(transfer, file, options);
      bytes += file.size;
      options.progress?.({ files: n + 1, rows, bytes });
    }
    return rows;
  }

  /** Appends a file's rows with their place in it; gives how many the Avro reader counted. */
  async #appendFile(transfer: Transfer, file: TransferFile, options: ExecuteOptions): Promise<number> {
    const appender = await this.#connection.createAppender(transfer.into.name, transfer.into.schema, CATALOG);
    const index = BigInt(file.index);
    // For each staged column the header column it comes from; columns this file lacks stay NULL.
    const origins = transfer.columns.map(() => -1);
    file.targets.forEach((place, column) => {
      if (place >= 0) origins[place] = column;
    });
    let row = 0;
    const batches = readRows(options.open(file), {
      file: file.key,
      expected: file.header,
      signal: options.signal,
    });
    try {
      for await (const batch of batches) {
        for (let n = 0; n < batch.rows; n += 1) {
          appender.appendBigInt(index);
          appender.appendBigInt(BigInt(row));
          transfer.columns.forEach((column, place) => {
            const values = batch.columns[origins[place] ?? -1];
            appendValue(appender, column.type, values?.[n] ?? null);
          });
          appender.endRow();
          row += 1;
        }
      }
      appender.closeSync();
    } catch (error) {
      if (options.signal.aborted) throw interrupted();
      throw asHeaploadError(error).at({ file: file.key });
    }
    return row;
  }

  async #rollback(): Promise<void> {
    if (!this.#inTransaction) return;
    this.#inTransaction = false;
    try {
      await this.#connection.run('ROLLBACK');
    } catch {
      // A COMMIT that failed has ended the transaction already; what matters is the error that led here.
    }
  }
}

function interrupted(): HeaploadError {
  return new HeaploadError('INTERRUPTED', 'The run was stopped.', {
    hint: 'What was committed stays; run again to go on from there.',
  });
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
