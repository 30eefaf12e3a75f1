import { DuckDBInstance } from '@duckdb/node-api';

/** Rows of each relation of heapload's; throws when one made by hand holds anything else in a column both have. */
export async function sameRows(
  database: string,
  relations: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const instance = await DuckDBInstance.create(database, { memory_limit: '1GB', threads: '2' });
  const connection = await instance.connect();
  const ask = async (sql: string): Promise<readonly string[]> =>
    (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String).join(' '));
  try {
    const rows = new Map<string, number>();
    for (const relation of relations) {
      const columns = await ask(
        `SELECT column_name FROM information_schema.columns WHERE table_name = '${relation}' AND table_schema = 'heap_resolved' ORDER BY 1`,
      );
      const digest = (schema: string): Promise<readonly string[]> =>
        ask(
          `SELECT count(*), sum(hash(${columns.map((name) => `"${name}"`).join(', ')})) FROM ${schema}."${relation}"`,
        );
      const [ours = '', theirs = ''] = [...(await digest('heap_resolved')), ...(await digest('by_hand'))];
      if (ours !== theirs) throw new Error(`${relation} differs: ${ours}, by hand ${theirs}`);
      rows.set(relation, Number(ours.split(' ')[0]));
    }
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
