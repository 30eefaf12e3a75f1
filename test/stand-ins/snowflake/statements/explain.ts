import { type Result, STATEMENT_TYPES, textColumn } from '../results.js';
import { type Work, expectWords } from './context.js';
import { rewrite } from '../sql/rewrite.js';
import { surroundings } from './context.js';

/**
 * EXPLAIN USING JSON: partitions and bytes of the scans that the engine plans. Like Snowflake's, its optimizer leaves out
 * the scan of a table that nothing can come of, and does not know what is not there.
 */
export async function runExplain(work: Work): Promise<Result> {
  const { connection } = work.session;
  const at = expectWords(work, 0, 'EXPLAIN', 'USING', 'JSON');
  const sql = rewrite(work.tokens.slice(at), surroundings(work));
  const planned = await connection.runAndReadAll(`EXPLAIN (FORMAT JSON) ${sql}`);
  const scanned = scannedTables(JSON.parse(String(planned.getRows()[0]?.[1])) as readonly PlanNode[]);
  const reader = await connection.runAndReadAll(
    'SELECT "TABLE_CATALOG" || \'.\' || "TABLE_SCHEMA" || \'.\' || "TABLE_NAME", "ROW_COUNT" FROM memory.sf."TABLES"',
  );
  const rows = new Map(reader.getRows().map(([name, count]) => [String(name), Number(count)]));
  const bytes = scanned.reduce((sum, name) => sum + (rows.get(name) ?? 0) * BYTES_OF_A_ROW, 0);
  const answer = {
    GlobalStats: {
      partitionsTotal: scanned.length,
      partitionsAssigned: scanned.length,
      bytesAssigned: bytes,
    },
    Operations: [scanned.map((name, id) => ({ id, operation: 'TableScan', objects: [name] }))],
  };
  return {
    columns: [textColumn('content')],
    rows: [[JSON.stringify(answer)]],
    statementType: STATEMENT_TYPES.explain,
  };
}

const BYTES_OF_A_ROW = 64;

/** A piece of the engine's plan. */
interface PlanNode {
  readonly children: readonly PlanNode[];
  readonly extra_info: { readonly Table?: string };
}

/** One for each scan, as the engine names it. */
function scannedTables(nodes: readonly PlanNode[]): readonly string[] {
  return nodes.flatMap(({ children, extra_info: { Table: table } }) => [
    ...(table === undefined ? [] : [table]),
    ...scannedTables(children),
  ]);
}
