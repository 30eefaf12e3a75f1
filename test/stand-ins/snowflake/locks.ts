import { SnowflakeError } from './errors.js';

/** Who can hold the locks of tables. */
export interface LockHolder {
  /** Undefined while a statement runs; otherwise since when it does nothing, in milliseconds of `performance.now`. */
  readonly idleSince: number | undefined;
  /** Ends its transaction, without what it did. */
  abandon(): Promise<void>;
}

/**
 * UPDATE, DELETE, MERGE and DDL keep others from the same table until their transaction ends. Who waits for one that
 * does nothing any more ends it after a while: five minutes in Snowflake.
 */
export class TableLocks {
  readonly #holders = new Map<string, LockHolder>();
  readonly #idleLimit: number;

  /** `idleLimit` in milliseconds. */
  constructor(idleLimit: number) {
    this.#idleLimit = idleLimit;
  }

  /** `patience` in milliseconds. */
  async take(table: string, holder: LockHolder, patience: number, signal: AbortSignal): Promise<void> {
    const start = performance.now();
    for (;;) {
      const other = this.#holders.get(table);
      if (other === undefined || other === holder) break;
      const { idleSince } = other;
      if (idleSince !== undefined && performance.now() - idleSince > this.#idleLimit) {
        await other.abandon();
        continue;
      }
      if (signal.aborted) throw new SnowflakeError('000604', '57014', 'SQL execution canceled');
      if (performance.now() - start > patience) throw locked(table);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    this.#holders.set(table, holder);
  }

  release(holder: LockHolder): void {
    for (const [table, other] of this.#holders) if (other === holder) this.#holders.delete(table);
  }
}

function locked(table: string): SnowflakeError {
  const message = `Statement has locked table '${table}' and this lock has not yet been released.\nYour statement was aborted because the number of waiters for this lock exceeds the limit, or it waited too long.`;
  return new SnowflakeError('000625', '57014', message);
}
