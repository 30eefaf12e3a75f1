import type { Estimate, Statement } from '../../src/warehouse/contract.js';
import { bindValues } from './parameters.js';
import { isMissing } from './errors.js';
import type { Answer } from './send.js';

type Ask = (sql: string, binds: (string | null)[]) => Promise<Answer>;

const EXPLAINED = /^(MERGE|INSERT|UPDATE|DELETE|SELECT)\b/;

/**
 * What EXPLAIN says a statement would scan; it needs no running virtual warehouse, reads no rows and makes nothing.
 * Throws what `ask` throws, but for things that are not there yet.
 */
export async function explain(statement: Statement, ask: Ask): Promise<Estimate> {
  if (!EXPLAINED.test(statement.sql)) return unknown('Snowflake explains queries and changes of rows alone');
  const values = Object.fromEntries(statement.parameters.map((name) => [name, '0']));
  try {
    const { rows } = await ask(
      `EXPLAIN USING JSON ${statement.sql}`,
      bindValues(statement.parameters, values),
    );
    return readPlan(String(rows[0]?.[0]));
  } catch (error) {
    if (!isMissing(error)) throw error;
    return unknown('Snowflake explains it once the tables and columns it names are there');
  }
}

interface Explained {
  readonly GlobalStats?: {
    readonly partitionsTotal?: number;
    readonly partitionsAssigned?: number;
    readonly bytesAssigned?: number;
  };
}

function readPlan(json: string): Estimate {
  const { GlobalStats: stats } = JSON.parse(json) as Explained;
  if (stats?.bytesAssigned === undefined) return unknown('EXPLAIN gives no figures for it');
  return {
    bytes: BigInt(stats.bytesAssigned),
    partitions: { read: stats.partitionsAssigned ?? 0, of: stats.partitionsTotal ?? 0 },
    note: 'Snowflake leaves out more while it runs',
  };
}

function unknown(note: string): Estimate {
  return { bytes: undefined, note };
}
