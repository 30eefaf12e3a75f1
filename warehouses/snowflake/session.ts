import { interrupted } from '../../src/errors.js';
import type { Connection } from 'snowflake-sdk';
import type {
  ConnectOptions,
  Estimate,
  ExecuteOptions,
  Operation,
  OperationResult,
  Permission,
  Row,
  Session,
  Statement,
  Transfer,
} from '../../src/warehouse/contract.js';
import { logIn } from './driver.js';
import { isConnectionLost, noDatabase, noWarehouse, statementError } from './errors.js';
import { explain } from './explain.js';
import { expectRows } from './expectations.js';
import { externalTransfer } from './external.js';
import { bindValues } from './parameters.js';
import { probe } from './permissions.js';
import { putTransfer } from './put.js';
import { queryTag } from './query-tag.js';
import { type Answer, type Request, send, sendOnce } from './send.js';
import type { SnowflakeSettings } from './settings.js';
import { plainRow } from './values.js';
import { type Wakened, wake } from './wake.js';

/** Logs in, and makes the session one in which statements mean the same in every account. */
export async function connectSnowflake(
  settings: SnowflakeSettings,
  { mode, signal }: ConnectOptions,
): Promise<Session> {
  if (signal.aborted) throw interrupted();
  const connection = await logIn(settings);
  const session = new SnowflakeSession(connection, settings, signal);
  try {
    await session.open(mode === 'write');
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

class SnowflakeSession implements Session {
  readonly #connection: Connection;
  readonly #settings: SnowflakeSettings;
  /** Of the whole program: interrupts what is read between operations. */
  readonly #signal: AbortSignal;
  #inTransaction = false;
  #wakened: Wakened | undefined;

  constructor(connection: Connection, settings: SnowflakeSettings, signal: AbortSignal) {
    this.#connection = connection;
    this.#settings = settings;
    this.#signal = signal;
  }

  async open(writes: boolean): Promise<void> {
    const { place } = await this.#read(sessionParameters(this.#settings));
    // A login succeeds without them: what it names and may not use, it leaves out.
    if (place.database === undefined) throw noDatabase(this.#settings);
    if (place.warehouse === undefined) throw noWarehouse(this.#settings);
    if (writes) this.#wakened = await wake(this.#settings, place.warehouse, (sql) => this.query(sql));
  }

  async execute(operation: Operation, options: ExecuteOptions): Promise<OperationResult> {
    if (!continuesTransaction(operation)) await this.#rollback(options);
    if (operation.kind === 'transfer') return { rows: await this.#transfer(operation, options) };
    const { transaction, sql } = operation;
    try {
      const answer = await this.#send(operation, options);
      this.#inTransaction = transaction === 'begin' || transaction === 'within';
      const returned = operation.expect?.count === 'returned';
      const rows = returned ? answer.rows.length : answer.changed;
      expectRows(operation, rows, answer);
      return { rows };
    } catch (error) {
      // Nobody knows whether a lost statement ran; the next operation tries to roll back what is left of it.
      if (transaction !== undefined && isConnectionLost(error)) this.#inTransaction = true;
      else await this.#rollback(options);
      throw statementError(error, sql, this.#settings);
    }
  }

  async query(sql: string): Promise<readonly Row[]> {
    const { columns, rows } = await this.#read(sql);
    return rows.map((values) => plainRow(columns, values));
  }

  async estimate(statement: Statement): Promise<Estimate> {
    try {
      return await explain(statement, async (sql, binds) => {
        const tag = queryTag(this.#settings);
        return await send(this.#connection, { sql, binds, queryTag: tag, signal: this.#signal });
      });
    } catch (error) {
      throw statementError(error, statement.sql, this.#settings);
    }
  }

  async permissions(schema: string, models: readonly string[]): Promise<readonly Permission[]> {
    return await probe({ schema, models }, this.#settings, async (sql, directory) => {
      const request = { sql, queryTag: queryTag(this.#settings), signal: this.#signal };
      return await send(this.#connection, directory === undefined ? request : { ...request, directory });
    });
  }

  async close(): Promise<void> {
    await this.#wakened?.sendBack((sql) => this.query(sql));
    // Closing the session rolls back what it has open. What stands in the way of it stands in nobody else's.
    await new Promise<void>((resolve) => {
      this.#connection.destroy(() => {
        resolve();
      });
    });
  }

  async #transfer(transfer: Transfer, options: ExecuteOptions): Promise<number> {
    const sendPart = async (statement: Statement, directory?: string): Promise<Answer> => {
      try {
        return await this.#send(statement, options, directory);
      } catch (error) {
        throw statementError(error, statement.sql, this.#settings);
      }
    };
    const { transfer: way } = this.#settings;
    try {
      return way.kind === 'put'
        ? await putTransfer(transfer, options, sendPart, way.spoolDirectory)
        : await externalTransfer(transfer, options, sendPart);
    } catch (error) {
      throw options.signal.aborted ? interrupted() : error;
    }
  }

  async #send(statement: Statement, options: ExecuteOptions, directory?: string): Promise<Answer> {
    const { sql, parameters, transaction } = statement;
    const { purpose, signal } = options;
    const request: Request = {
      sql,
      queryTag: queryTag(this.#settings, purpose),
      signal,
      ...(transaction === undefined ? {} : { transaction }),
      ...(parameters.length === 0 ? {} : { binds: bindValues(parameters, options.parameters) }),
      ...(directory === undefined ? {} : { directory }),
    };
    return await send(this.#connection, request);
  }

  /** An interruption stops it too, unless it is part of what a run does after one; that is not kept waiting for long. */
  async #read(sql: string): Promise<Answer> {
    const tag = queryTag(this.#settings);
    try {
      return this.#signal.aborted
        ? await sendOnce(this.#connection, { sql, queryTag: tag, signal: NEVER })
        : await send(this.#connection, { sql, queryTag: tag, signal: this.#signal });
    } catch (error) {
      throw statementError(error, sql, this.#settings);
    }
  }

  async #rollback({ purpose }: ExecuteOptions): Promise<void> {
    if (!this.#inTransaction) return;
    this.#inTransaction = false;
    const tag = queryTag(this.#settings, purpose);
    try {
      await sendOnce(this.#connection, { sql: 'ROLLBACK', queryTag: tag, signal: NEVER });
    } catch (error) {
      // A COMMIT that failed has ended the transaction already; what matters is the error that led here.
      if (isConnectionLost(error)) throw statementError(error, 'ROLLBACK', this.#settings);
    }
  }
}

const NEVER = new AbortController().signal;

/** What an account, a user or a client may have set otherwise. */
function sessionParameters({ statementTimeout }: SnowflakeSettings): string {
  const timeout = statementTimeout === undefined ? '' : ` STATEMENT_TIMEOUT_IN_SECONDS = ${statementTimeout}`;
  return `ALTER SESSION SET AUTOCOMMIT = TRUE TIMEZONE = 'UTC' QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE ERROR_ON_NONDETERMINISTIC_MERGE = TRUE BINARY_OUTPUT_FORMAT = 'HEX' ABORT_DETACHED_QUERY = TRUE${timeout}`;
}

/** Anything else means that a transaction still open was given up. */
function continuesTransaction(operation: Operation): boolean {
  return (
    operation.kind === 'statement' &&
    (operation.transaction === 'within' || operation.transaction === 'commit')
  );
}
