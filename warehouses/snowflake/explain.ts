import type { Estimate, Statement } from '../../src/warehouse/contract.js';
import { bindValues } from './parameters.js';
import { isMissing } from './errors.js';
import type { Answer } from './send.js';

type Ask = (sql: string, binds: (string | null)[]) => Promise<Answer>;

const EXPLAINED = /^(MERGE|INSERT|UPDATE|DELETE|SELECT)\b/;

/** What EXPLAIN says a statement would scan; it runs without a virtual warehouse and reads no rows. */
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
    return unknown('Snowflake explains it once the tables it names are there');
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
  const partitions = `${stats.partitionsAssigned ?? 0} of ${stats.partitionsTotal ?? 0} micro-partitions`;
  return {
    bytes: BigInt(stats.bytesAssigned),
    note: `${partitions}, as EXPLAIN counts them before it prunes at run time`,
  };
}

function unknown(note: string): Estimate {
  return { bytes: undefined, note };
}
