import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { conformance } from '../conformance/suite.js';
import type { Target } from '../support/target.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';

/**
 * The shared suite on the real service. HEAPLOAD_LIVE_BIGQUERY_PROJECT names the project, HEAPLOAD_LIVE_BIGQUERY_LOCATION
 * where its datasets are made (default US), HEAPLOAD_LIVE_BIGQUERY_CREDENTIALS a key file (default: what Google's libraries
 * find). Every world has a dataset of its own, which is dropped again.
 */
const project = process.env['HEAPLOAD_LIVE_BIGQUERY_PROJECT'];

function liveTarget(id: string): Target {
  return {
    name: 'bigquery',
    fresh: () => {
      const schema = `heapload_live_${randomUUID().replaceAll('-', '_')}`;
      const settings = {
        project: id,
        location: process.env['HEAPLOAD_LIVE_BIGQUERY_LOCATION'] ?? 'US',
        credentials: process.env['HEAPLOAD_LIVE_BIGQUERY_CREDENTIALS'] ?? 'application_default',
      };
      const warehouse = { type: 'bigquery', schema, ...settings };
      return Promise.resolve({ warehouse, dispose: () => dropDataset(settings, schema) });
    },
  };
}

async function dropDataset(settings: Readonly<Record<string, unknown>>, schema: string): Promise<void> {
  const parsed = WAREHOUSES.bigquery.parseSettings(settings, process.cwd());
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const { signal } = new AbortController();
  const session = await WAREHOUSES.bigquery.connect(parsed.settings, { mode: 'write', signal });
  await session.query(
    `DROP SCHEMA IF EXISTS ${WAREHOUSES.bigquery.dialect().quoteIdentifier(schema)} CASCADE`,
  );
  await session.close();
}

if (project === undefined || project === '') {
  console.warn('SKIPPED: BigQuery itself was not tested; set HEAPLOAD_LIVE_BIGQUERY_PROJECT.');
  describe('conformance of BigQuery itself', () => {
    it.skip('needs HEAPLOAD_LIVE_BIGQUERY_PROJECT');
  });
} else {
  conformance(liveTarget(project));
}
