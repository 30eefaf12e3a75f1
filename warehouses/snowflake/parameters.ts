import type { ParameterName, Parameters } from '../../src/warehouse/contract.js';

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

const INTEGERS: readonly ParameterName[] = ['lease_token', 'rows_read', 'loads_done', 'loads_failed'];

/** The bind with its name beside it, for whoever reads the plan or the query history. Integers are bound as text. */
export function parameter(name: ParameterName): string {
  const bind = `:${BIND_PLACES[name]} /* ${name} */`;
  return INTEGERS.includes(name) ? `CAST(${bind} AS NUMBER(38,0))` : bind;
}

/** The binds of a statement up to the last one it uses; those between that it does not use are NULL. */
export function bindValues(names: readonly ParameterName[], parameters: Parameters): (string | null)[] {
  const binds: (string | null)[] = [];
  for (const name of names) {
    const value = parameters[name];
    if (value === undefined) throw new Error(`no value for parameter ${name}`);
    binds[BIND_PLACES[name] - 1] = value.toString();
  }
  return Array.from(binds, (bind) => bind ?? null);
}
