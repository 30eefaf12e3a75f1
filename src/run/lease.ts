import { HeaploadError } from '../errors.js';
import type { Observation } from '../render/observation.js';
import type { Session } from '../warehouse/contract.js';
import { bigintOf, optionalBigint, optionalText } from './rows.js';

/** The fencing token this run was given; every publish checks that it still stands in the lease. */
export async function acquiredToken(session: Session, queries: Observation, runId: string): Promise<bigint> {
  const [lease] = await session.query(queries.lease);
  if (lease === undefined || optionalText(lease, 'run_id') !== runId) {
    throw new HeaploadError('LEASE_LOST', 'Another run took the lease of this schema at the same moment.', {
      hint: 'Run again when the other run has finished.',
    });
  }
  return bigintOf(lease, 'token');
}

/** False when another run has taken the lease since this one was given `token`. */
export async function holdsLease(session: Session, queries: Observation, token: unknown): Promise<boolean> {
  const [lease] = await session.query(queries.lease);
  return lease !== undefined && bigintOf(lease, 'token') === token;
}

export function lostLease(cause: HeaploadError): HeaploadError {
  return new HeaploadError('LEASE_LOST', 'Another run took over the lease of this schema.', {
    hint: 'Run again when the other run has finished.',
    cause,
  });
}

/** Who holds the lease, since when and until when, put into the error. */
export async function describeHolder(
  error: HeaploadError,
  session: Session,
  queries: Observation,
): Promise<HeaploadError> {
  const [lease] = await session.query(queries.lease);
  const runId = lease === undefined ? undefined : optionalText(lease, 'run_id');
  if (lease === undefined || runId === undefined) return error;
  const since = instant(optionalBigint(lease, 'acquired_at'));
  const until = instant(optionalBigint(lease, 'expires_at'));
  return new HeaploadError('LEASE_HELD', `Run ${runId} has been working on this schema since ${since}.`, {
    hint: `Wait until it has finished. If it died, its lease ends at ${until} and the next run goes on.`,
    cause: error,
  });
}

function instant(micros: bigint | undefined): string {
  return micros === undefined ? 'unknown' : new Date(Number(micros / 1000n)).toISOString();
}
