import type { Row } from '../../src/warehouse/contract.js';
import { literal } from './quoting.js';
import type { SnowflakeSettings } from './settings.js';

type Query = (sql: string) => Promise<readonly Row[]>;

/** A virtual warehouse that this session has resumed. */
export interface Wakened {
  /** Suspends it again, unless somebody else works with it by now. */
  sendBack(query: Query): Promise<void>;
}

/**
 * Resumes a virtual warehouse that would not resume by itself. One that would is left to Snowflake: the first statement
 * resumes it, and its own AUTO_SUSPEND sends it back.
 */
export async function wake(
  { warehouse }: SnowflakeSettings,
  name: string,
  query: Query,
): Promise<Wakened | undefined> {
  const state = await stateOf(name, query);
  if (state?.['state'] !== 'SUSPENDED' || state['auto_resume'] !== 'false') return undefined;
  await query(`ALTER WAREHOUSE ${warehouse} RESUME IF SUSPENDED`);
  return {
    sendBack: async (again) => {
      try {
        const now = await stateOf(name, again);
        if (now?.['running'] !== 0n || now['queued'] !== 0n) return;
        await again(`ALTER WAREHOUSE ${warehouse} SUSPEND`);
      } catch {
        // Its AUTO_SUSPEND is left; what the run did stands.
      }
    },
  };
}

async function stateOf(name: string, query: Query): Promise<Row | undefined> {
  const rows = await query(`SHOW WAREHOUSES LIKE ${literal(name.replaceAll(/[\\_%]/g, '\\$&'))}`);
  return rows.find((row) => row['name'] === name);
}
