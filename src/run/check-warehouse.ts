import { HeaploadError, asHeaploadError } from '../errors.js';
import { checkLedger } from '../plan/plan.js';
import type { Observation } from '../render/observation.js';
import type { Dialect, Session } from '../warehouse/contract.js';
import { describeHolder } from './lease.js';
import { observe } from './observe.js';
import { bigintOf, optionalText } from './rows.js';

/** One question about a warehouse; it is fine unless there is an error. */
export interface WarehouseCheck {
  readonly what: string;
  readonly error?: HeaploadError;
}

interface Checked {
  readonly dialect: Dialect;
  readonly queries: Observation;
  readonly schema: string;
  /** Those that models are built in. */
  readonly modelSchemas: readonly string[];
  /** Of the source; a ledger stays with one. */
  readonly layout: 'manifests' | 'files';
  /** Connects in mode `probe`. */
  readonly connect: () => Promise<Session>;
  /** Milliseconds since 1970 UTC. */
  readonly now: number;
}

/** Whether a run could write: reach the warehouse, do what it needs to there, read its ledger, take the lease. */
export async function checkWarehouse(checked: Checked): Promise<readonly WarehouseCheck[]> {
  const { dialect, schema, modelSchemas } = checked;
  const results: WarehouseCheck[] = [];
  const run = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await work();
      results.push({ what });
      return value;
    } catch (thrown) {
      const error = asHeaploadError(thrown);
      if (error.code === 'INTERRUPTED' || error.code === 'BUG') throw error;
      results.push({ what, error });
      return undefined;
    }
  };
  const session = await run(`open ${dialect.name} for writing`, checked.connect);
  if (session === undefined) return results;
  try {
    const permissions = await session.permissions?.(schema, modelSchemas);
    results.push(...(permissions ?? []));
    const ledger = await run(`read the ledger of schema ${schema}`, () => readLedger(session, checked));
    if (ledger !== undefined) await run('take the lease', () => lease(session, checked, ledger.hasLease));
  } finally {
    await session.close();
  }
  return results;
}

async function readLedger(session: Session, checked: Checked): Promise<{ readonly hasLease: boolean }> {
  const { dialect, queries, layout } = checked;
  const { ledger, ledgerTables } = await observe(session, dialect, queries);
  checkLedger(ledger, layout);
  return { hasLease: ledgerTables.has('lease') };
}

/** A lease that is held stops a run, except where the engine itself shows that its holder is gone. */
async function lease(session: Session, { dialect, queries, now }: Checked, exists: boolean): Promise<void> {
  const [row] = exists ? await session.query(queries.lease) : [];
  if (row === undefined || optionalText(row, 'run_id') === undefined || dialect.capabilities.singleProcess)
    return;
  if (bigintOf(row, 'expires_at') <= BigInt(now) * 1000n) return;
  const held = new HeaploadError('LEASE_HELD', 'Another run holds the lease of this schema.', {
    hint: 'Wait until it has finished.',
  });
  throw await describeHolder(held, session, queries);
}
