import { randomBytes } from 'node:crypto';
import { describe, it } from 'vitest';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { conformance } from '../conformance/suite.js';
import type { Target } from '../support/target.js';

/**
 * The suite of every warehouse on an account of yours: `HEAPLOAD_LIVE_SNOWFLAKE` is the `warehouse:` block as JSON, less
 * `type` and `schema`. Each test has a schema of its own, which is dropped. The role needs CREATE SCHEMA on the database.
 */
const given = process.env['HEAPLOAD_LIVE_SNOWFLAKE'];
const PREFIX = `heapload_live_${randomBytes(4).toString('hex')}`;

function liveTarget(block: Readonly<Record<string, unknown>>): Target {
  const parsed = WAREHOUSES.snowflake.parseSettings(block, process.cwd());
  if (!parsed.ok) throw new Error(`HEAPLOAD_LIVE_SNOWFLAKE: ${JSON.stringify(parsed.problems)}`);
  const drop = async (schema: string): Promise<void> => {
    const { signal } = new AbortController();
    const session = await WAREHOUSES.snowflake.connect(parsed.settings, { mode: 'write', signal });
    try {
      const name = WAREHOUSES.snowflake.dialect().quoteIdentifier(schema);
      await session.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
    } finally {
      await session.close();
    }
  };
  let schemas = 0;
  return {
    name: 'snowflake',
    fresh: () => {
      schemas += 1;
      const schema = `${PREFIX}_${schemas}`;
      const warehouse = { ...block, type: 'snowflake', schema };
      return Promise.resolve({ warehouse, dispose: () => drop(schema) });
    },
  };
}

if (given === undefined) {
  console.warn('Snowflake itself is NOT tested: HEAPLOAD_LIVE_SNOWFLAKE is not set.');
  describe('Snowflake itself', () => {
    it.skip('NOT RUN: set HEAPLOAD_LIVE_SNOWFLAKE, see docs/warehouses/snowflake.md', () => undefined);
  });
} else {
  conformance(liveTarget(JSON.parse(given) as Record<string, unknown>));
}
