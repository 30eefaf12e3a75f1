import type { RunEvent } from '../../src/run/events.js';
import { HeaploadError } from '../../src/errors.js';
import type { ExecuteOptions, Operation, OperationResult, Session } from '../../src/warehouse/contract.js';
import type { World } from '../support/world.js';

/** Sessions that do something of their own around operations. */

export interface Around {
  readonly before?: (operation: Operation, n: number) => Promise<void> | void;
  /** May change the result. */
  readonly after?: (
    operation: Operation,
    n: number,
    result: OperationResult,
  ) => Promise<OperationResult | undefined> | OperationResult | undefined;
}

/** `n` counts operations from 1. */
export function around(session: Session, hooks: Around): Session {
  let n = 0;
  return {
    execute: async (operation: Operation, options: ExecuteOptions) => {
      n += 1;
      const mine = n;
      await hooks.before?.(operation, mine);
      const result = await session.execute(operation, options);
      return (await hooks.after?.(operation, mine, result)) ?? result;
    },
    query: (sql) => session.query(sql),
    close: () => session.close(),
  };
}

/**
 * A connection that breaks after the warehouse did its n-th operation and before the reply, and stays broken. What
 * a transaction has not committed by then is lost.
 */
export function dying(session: Session, at: number): Session {
  let broken = false;
  const fail = (): never => {
    broken = true;
    throw new HeaploadError('WAREHOUSE_UNAVAILABLE', 'The connection broke.', { hint: 'Run again.' });
  };
  const hooked = around(session, {
    before: () => {
      if (broken) fail();
    },
    after: (_, n) => (n === at ? fail() : undefined),
  });
  return { ...hooked, query: (sql) => (broken ? fail() : hooked.query(sql)) };
}

/** The lease is another run's from now on, as after a pause longer than its term. */
export async function takeLeaseAway(world: World): Promise<void> {
  await changeLease(
    world,
    (name) => `${name('token')} = ${name('token')} + 1, ${name('run_id')} = 'another run'`,
  );
}

/** The holder of the lease has shown no sign of life for longer than its term. */
export async function expireLease(world: World): Promise<void> {
  await changeLease(world, (name) => `${name('expires_at')} = ${name('acquired_at')}`);
}

async function changeLease(world: World, set: (name: (name: string) => string) => string): Promise<void> {
  const name = world.dialect.quoteIdentifier.bind(world.dialect);
  await world.execute(
    `UPDATE ${world.table('_heapload_lease')} SET ${set(name)} WHERE ${name('name')} = 'run'`,
  );
}

/** Loads a run did, as `<dump> <table>`. */
export function loadsDone(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === 'load-done' ? [`${event.load.dumpId.toString()} ${event.load.table}`] : [],
  );
}
