import type { WarehouseState } from '../plan/state.js';
import type { Observation } from '../render/observation.js';
import type { Session } from '../warehouse/contract.js';
import { optionalText } from './rows.js';

/**
 * Whether a run that finds nothing to load still has models to build: the run before it may have died, or failed, after
 * its loads were committed and before its models were built. What changed in the models' own files waits for the next
 * load, or for `build`.
 */
export async function modelsAreDue(
  session: Session,
  queries: Observation,
  { ledger, ledgerTables }: WarehouseState,
): Promise<boolean> {
  if (!ledgerTables.has('runs') || ledger.tables.size === 0) return false;
  const [newest] = await session.query(queries.runs);
  return newest !== undefined && optionalText(newest, 'status') !== 'done';
}
