import type { ParameterName } from '../../src/warehouse/contract.js';

/**
 * The place of each run-time value among the binds, the same in every statement. Binds and not session variables:
 * those hold at most 256 bytes, and a run's message can be longer.
 */
export const BIND_PLACES: Readonly<Record<ParameterName, number>> = {
  run_id: 1,
  holder: 2,
  lease_token: 3,
  rows_read: 4,
  run_status: 5,
  run_message: 6,
  loads_done: 7,
  loads_failed: 8,
};

/** The bind with its name beside it, for whoever reads the plan or the query history. */
export function parameter(name: ParameterName): string {
  return `:${BIND_PLACES[name]} /* ${name} */`;
}
