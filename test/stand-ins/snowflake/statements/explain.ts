import { type Result, STATEMENT_TYPES, textColumn } from '../results.js';
import { type Work, expectWords } from './context.js';
import { rewrite } from '../sql/rewrite.js';
import { surroundings } from './context.js';

/** EXPLAIN USING JSON: what Snowflake says of partitions and bytes, taken from the sizes of the tables named. */
export async function runExplain(work: Work): Promise<Result> {
  const at = expectWords(work, 0, 'EXPLAIN', 'USING', 'JSON');
  const statement = work.tokens.slice(at);
  // Bound by the engine, so that what does not exist is an error here too.
  await work.session.connection.run(`EXPLAIN ${rewrite(statement, surroundings(work))}`);
  const names = new Set(
    statement.filter(({ kind }) => kind === 'quoted' || kind === 'word').map(({ text }) => text),
  );
  const reader = await work.session.connection.runAndReadAll(
    'SELECT "TABLE_NAME", "ROW_COUNT" FROM memory.sf."TABLES" WHERE "TABLE_CATALOG" = $1',
    [work.session.database ?? ''],
  );
  const tables = reader.getRows().filter(([name]) => names.has(String(name)));
  const bytes = tables.reduce((sum, [, rows]) => sum + Number(rows) * BYTES_OF_A_ROW, 0);
  const answer = {
    GlobalStats: { partitionsTotal: tables.length, partitionsAssigned: tables.length, bytesAssigned: bytes },
    Operations: [tables.map(([name], id) => ({ id, operation: 'TableScan', objects: [name] }))],
  };
  return {
    columns: [textColumn('content')],
    rows: [[JSON.stringify(answer)]],
    statementType: STATEMENT_TYPES.explain,
  };
}

const BYTES_OF_A_ROW = 64;
