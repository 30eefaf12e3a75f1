import { type Result, STATEMENT_TYPES, queryResult } from '../results.js';
import { rewrite } from '../sql/rewrite.js';
import { type Work, surroundings } from './context.js';

/** SELECT. */
export async function runQuery(work: Work): Promise<Result> {
  requireWarehouse(work);
  const reader = await work.session.connection.runAndReadAll(rewrite(work.tokens, surroundings(work)));
  return queryResult(reader, STATEMENT_TYPES.select);
}

/** What reads or writes rows needs a warehouse. */
export function requireWarehouse({ session, warehouses }: Work): void {
  warehouses.use(session.warehouse);
}
