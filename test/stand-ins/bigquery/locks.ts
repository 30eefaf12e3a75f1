import { invalidQuery } from './errors.js';

/** Whoever changes rows: a transaction, which sees the tables as of `snapshot`, or one statement by itself. */
export interface Writer {
  readonly id: number;
  /** Undefined for a statement by itself. */
  readonly snapshot: number | undefined;
}

interface LockState {
  holder: Writer | undefined;
  /** When a change of the table was committed last. */
  committed: number;
  readonly waiting: (() => void)[];
}

/**
 * Who may UPDATE, DELETE or MERGE a table: one at a time. A statement by itself waits; a transaction that meets another
 * writer, or a change committed after its snapshot, is aborted. INSERT takes no lock.
 */
export class TableLocks {
  readonly #project: string;
  readonly #tables = new Map<string, LockState>();
  #clock = 0;
  #ids = 0;

  constructor(project: string) {
    this.#project = project;
  }

  writer(kind: 'transaction' | 'statement'): Writer {
    this.#ids += 1;
    return { id: this.#ids, snapshot: kind === 'transaction' ? this.#clock : undefined };
  }

  async take(writer: Writer, table: string): Promise<void> {
    const state = this.#state(table);
    while (state.holder !== undefined && state.holder.id !== writer.id) {
      if (writer.snapshot !== undefined && state.holder.snapshot !== undefined)
        throw this.conflict(table, writer);
      await new Promise<void>((resolve) => state.waiting.push(resolve));
    }
    if (writer.snapshot !== undefined && state.committed > writer.snapshot)
      throw this.conflict(table, writer);
    state.holder = writer;
  }

  release(writer: Writer, committed: boolean): void {
    if (committed) this.#clock += 1;
    for (const state of this.#tables.values()) {
      if (state.holder?.id !== writer.id) continue;
      state.holder = undefined;
      if (committed) state.committed = this.#clock;
      for (const wake of state.waiting.splice(0)) wake();
    }
  }

  conflict(table: string, writer: Writer): Error {
    return invalidQuery(
      `Transaction is aborted due to concurrent update against table ${this.#project}:${table}. Transaction ID: ${writer.id}`,
    );
  }

  #state(table: string): LockState {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const state: LockState = { holder: undefined, committed: 0, waiting: [] };
    this.#tables.set(table, state);
    return state;
  }
}
