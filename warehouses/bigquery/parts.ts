import { STAGING_PREFIX } from '../../src/schema/identifiers.js';
import type { TableName } from '../../src/warehouse/contract.js';
import type { Client } from './client.js';
import { bigqueryError } from './errors.js';
import { failureOf } from './failures.js';
import type { LoadWork } from './load.js';
import { stagedFields, tableReference } from './load-configuration.js';

/**
 * Tables for the chunks of a load that is too large for one upload. They are staging tables by name, so that a run
 * drops those of a run that died, and they expire as those do.
 */

export function partName(staging: TableName, n: number): TableName {
  return {
    schema: staging.schema,
    name: `${STAGING_PREFIX}part${n}_${staging.name.slice(STAGING_PREFIX.length)}`,
  };
}

/** Makes the table; one that is there already is emptied by its load. */
export async function makePart(work: LoadWork, part: TableName): Promise<void> {
  const { client, transfer, options } = work;
  const json = {
    tableReference: tableReference(client, part),
    schema: { fields: stagedFields(transfer.columns) },
    expirationTime: String(Date.now() + client.settings.stagingExpiryHours * 3_600_000),
  };
  const uri = `/datasets/${encodeURIComponent(part.schema)}/tables`;
  try {
    await client.request({ method: 'POST', uri, json }, options.signal);
  } catch (error) {
    if (failureOf(error)?.status !== 409) throw bigqueryError(error);
  }
}

export async function dropParts(client: Client, parts: readonly TableName[]): Promise<void> {
  for (const { schema, name } of parts) {
    const uri = `/datasets/${encodeURIComponent(schema)}/tables/${encodeURIComponent(name)}`;
    try {
      await client.request({ method: 'DELETE', uri });
    } catch (error) {
      if (failureOf(error)?.status !== 404) throw bigqueryError(error);
    }
  }
}
