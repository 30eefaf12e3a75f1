import type { Estimate, Statement } from '../../src/warehouse/contract.js';
import type { Client } from './client.js';
import { bigqueryError } from './errors.js';
import { failureOf } from './failures.js';
import { queryConfiguration, untypedParameters } from './query.js';
import type { JobResource } from './resources.js';

const TIB = 2 ** 40;

/** A dry run. A statement that needs a table or column which an earlier one makes has no figure yet, and says so. */
export async function estimateOf(
  client: Client,
  statement: Statement,
  signal: AbortSignal,
): Promise<Estimate> {
  const configuration = queryConfiguration(client.settings, statement.sql, {
    parameters: untypedParameters(statement),
    dryRun: true,
  });
  const { project, location, pricePerTib, maximumBytesBilled } = client.settings;
  const json = { jobReference: { projectId: project, location }, configuration };
  try {
    const job = await client.request<JobResource>({ method: 'POST', uri: '/jobs', json }, signal);
    const query = job.statistics?.query;
    const bytes = BigInt(query?.totalBytesProcessed ?? 0);
    const isRefused = maximumBytesBilled !== undefined && bytes > maximumBytesBilled;
    const note = isRefused
      ? 'more than maximum_bytes_billed: it would be refused'
      : accuracyOf(query?.totalBytesProcessedAccuracy);
    return { bytes, usd: (Number(bytes) / TIB) * pricePerTib, note };
  } catch (error) {
    const failure = failureOf(error);
    const missing = failure?.reason === 'notFound' || failure?.reason === 'invalidQuery';
    if (!missing) throw bigqueryError(error);
    return { bytes: undefined, note: 'needs what an earlier statement makes' };
  }
}

/** Clustered tables may cost less than a dry run says. */
function accuracyOf(accuracy: string | undefined): string {
  return accuracy === 'UPPER_BOUND' || accuracy === 'LOWER_BOUND'
    ? accuracy.toLowerCase().replace('_', ' ')
    : '';
}
