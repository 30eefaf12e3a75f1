import { DuckDBInstance } from '@duckdb/node-api';

/** A result as text, NULL included. */
export interface ResultTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface DemoDatabase {
  query(sql: string): Promise<ResultTable>;
  close(): void;
}

/** Opens the loaded file the way its reader would: read-only, by its own name, `USE heapload.heap`. */
export async function openDemo(file: string): Promise<DemoDatabase> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  await connection.run('USE heapload.heap');
  return {
    query: async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      const rows = reader
        .getRows()
        .map((row) => row.map((value) => (value === null ? 'NULL' : String(value))));
      return { header: reader.columnNames(), rows };
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Compares the final tables of two files as sets of rows, each column by its name. */
export async function differences(
  one: string,
  two: string,
): Promise<{ readonly tables: number; readonly rows: number; readonly differing: readonly string[] }> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`ATTACH ${quoted(one)} AS one (READ_ONLY)`);
    await connection.run(`ATTACH ${quoted(two)} AS two (READ_ONLY)`);
    const columns = async (catalog: string): Promise<ReadonlyMap<string, string>> => {
      const reader = await connection.runAndReadAll(
        `SELECT table_name, string_agg('"' || column_name || '"', ', ' ORDER BY column_name)
         FROM duckdb_columns()
         WHERE database_name = '${catalog}' AND schema_name = 'heap' AND NOT starts_with(table_name, '_heapload_') GROUP BY ALL`,
      );
      return new Map(reader.getRows().map(([table, names]) => [String(table), String(names)]));
    };
    const [left, right] = [await columns('one'), await columns('two')];
    const differing = [...right.keys()].filter((table) => !left.has(table));
    let rows = 0;
    for (const [table, names] of left) {
      const from = (catalog: string): string => `SELECT ${names} FROM ${catalog}.heap."${table}"`;
      if (right.get(table) !== names) {
        differing.push(table);
        continue;
      }
      const reader = await connection.runAndReadAll(
        `SELECT (SELECT count(*) FROM (${from('one')})),
           (SELECT count(*) FROM (${from('one')} EXCEPT ALL ${from('two')}))
           + (SELECT count(*) FROM (${from('two')} EXCEPT ALL ${from('one')}))`,
      );
      const [count, different] = reader.getRows()[0] ?? [];
      rows += Number(count);
      if (different !== 0n) differing.push(table);
    }
    return { tables: left.size, rows, differing };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
