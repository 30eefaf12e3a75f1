import type { DuckDBConnection } from '@duckdb/node-api';
import type { Changed } from './dml.js';
import { invalidQuery } from './errors.js';
import type { TableLocks, Writer } from './locks.js';
import { MAX_TRANSACTION_PARTITIONS } from './partitions.js';

/** The transactions of a script, one after another; a change outside of them is one by itself. */
export class Transactions {
  readonly #locks: TableLocks;
  readonly #connection: DuckDBConnection;
  #open: Writer | undefined;
  #partitions = 0;

  constructor(locks: TableLocks, connection: DuckDBConnection) {
    this.#locks = locks;
    this.#connection = connection;
  }

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  async begin(): Promise<void> {
    if (this.isOpen) throw invalidQuery('Nested transactions are not supported');
    this.#open = this.#locks.writer('transaction');
    this.#partitions = 0;
    await this.#connection.run('BEGIN TRANSACTION');
    await this.#connection.run('SELECT tick FROM bq_clock');
  }

  /** Nothing when none is open. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const writer = this.#open;
    if (writer === undefined) return;
    this.#open = undefined;
    let committed = false;
    try {
      await this.#connection.run(how);
      committed = how === 'COMMIT';
    } finally {
      this.#locks.release(writer, committed);
    }
  }

  /** Changes a table, which is `locked` for other writers unless rows are only added. */
  async change(table: string, locked: boolean, work: () => Promise<Changed>): Promise<Changed> {
    if (this.#open === undefined) return await this.#changeAlone(table, locked, work);
    if (locked) await this.#locks.take(this.#open, table);
    const changed = await work();
    this.#partitions += changed.partitions;
    if (this.#partitions > MAX_TRANSACTION_PARTITIONS) {
      const message = `Too many partition modifications in a transaction, allowed ${MAX_TRANSACTION_PARTITIONS}`;
      throw invalidQuery(message);
    }
    return changed;
  }

  async #changeAlone(table: string, locked: boolean, work: () => Promise<Changed>): Promise<Changed> {
    const writer = this.#locks.writer('statement');
    if (locked) await this.#locks.take(writer, table);
    let committed = false;
    try {
      await this.#connection.run('BEGIN TRANSACTION');
      const changed = await work();
      await this.#connection.run('COMMIT');
      committed = true;
      return changed;
    } catch (error) {
      await this.#connection.run('ROLLBACK');
      throw error;
    } finally {
      this.#locks.release(writer, committed);
    }
  }
}
