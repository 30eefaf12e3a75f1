import type { HeaploadError } from '../errors.js';

/** Errors that concern the run, not one of its loads or models. */
export function endsRun(error: HeaploadError): boolean {
  return ['INTERRUPTED', 'LEASE_LOST', 'WAREHOUSE_UNAVAILABLE', 'BUG'].includes(error.code);
}
