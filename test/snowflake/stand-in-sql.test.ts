import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SnowflakeStandIn, startSnowflakeStandIn } from '../stand-ins/snowflake/server.js';
import { type Client, logIn } from './client.js';

// What in Snowflake is otherwise than in the engine behind the stand-in.

let standIn: SnowflakeStandIn;
let one: Client;
let two: Client;

beforeAll(async () => {
  standIn = await startSnowflakeStandIn({ idleTransactionMs: 100 });
  one = await logIn(standIn);
  two = await logIn(standIn);
  await one.rows('CREATE SCHEMA s');
  await two.rows('USE SCHEMA s');
});
afterAll(async () => {
  await one.close();
  await two.close();
  await standIn.stop();
});
beforeEach(async () => {
  await one.rows('ROLLBACK');
  await one.rows('CREATE OR REPLACE TABLE t ("A" NUMBER(19,0), "B" VARCHAR)');
  await one.rows(`INSERT INTO t VALUES (1, 'one'), (2, 'two')`);
});

const texts = async (client: Client): Promise<readonly unknown[]> =>
  (await client.rows('SELECT "B" FROM t ORDER BY "A", "B"')).map((row) => row['B']);

describe('names', () => {
  it('are folded to upper case without quotes, and kept with them', async () => {
    await one.rows('CREATE OR REPLACE TABLE "lower" ("a" NUMBER(1,0), b NUMBER(1,0))');
    expect(
      Object.keys(
        (
          await one.rows('SELECT "a", B, b AS "c^d" FROM "lower" RIGHT JOIN (SELECT 1 AS x) AS y ON TRUE')
        )[0] ?? {},
      ),
    ).toEqual(['a', 'B', 'c^d']);
    expect(await one.failure('SELECT * FROM lower')).toMatchObject({ code: '002003', sqlState: '42S02' });
    expect(await one.failure('SELECT a FROM "lower"')).toMatchObject({ code: '000904', sqlState: '42000' });
    const shown = await one.rows(
      `SELECT column_name FROM information_schema.columns WHERE table_name = 'lower' ORDER BY ordinal_position`,
    );
    expect(shown.map((row) => row['COLUMN_NAME'])).toEqual(['a', 'B']);
  });

  it('the catalog shows types as Snowflake does', async () => {
    await one.rows(
      'CREATE OR REPLACE TRANSIENT TABLE kinds (n NUMBER(12,2), i INT, f FLOAT, o BOOLEAN, y BINARY, d DATE, t TIMESTAMP_NTZ(6), v VARIANT, s VARCHAR)',
    );
    const columns = await one.rows(
      `SELECT data_type, numeric_precision AS p, numeric_scale AS s, datetime_precision AS d FROM information_schema.columns WHERE table_name = 'KINDS' ORDER BY ordinal_position`,
    );
    expect(columns.map((row) => Object.values(row).map(String).join(' '))).toEqual([
      'NUMBER 12 2 NULL',
      'NUMBER 38 0 NULL',
      'FLOAT NULL NULL NULL',
      'BOOLEAN NULL NULL NULL',
      'BINARY NULL NULL NULL',
      'DATE NULL NULL NULL',
      'TIMESTAMP_NTZ NULL NULL 6',
      'VARIANT NULL NULL NULL',
      'TEXT NULL NULL NULL',
    ]);
    const tables = await one.rows(
      `SELECT is_transient FROM information_schema.tables WHERE table_name IN ('KINDS', 'T') ORDER BY table_name`,
    );
    expect(tables.map((row) => row['IS_TRANSIENT'])).toEqual(['YES', 'NO']);
  });

  it('columns keep their comments, which a table made from them does not have', async () => {
    await one.rows(`CREATE OR REPLACE TABLE said (a INT COMMENT 'it''s a', b INT)`);
    await one.rows(`ALTER TABLE said ADD COLUMN IF NOT EXISTS c INT COMMENT 'c'`);
    await one.rows(`ALTER TABLE said ADD COLUMN IF NOT EXISTS c INT COMMENT 'another'`);
    await one.rows('CREATE OR REPLACE TABLE unsaid AS SELECT * FROM said');
    const comments = async (table: string): Promise<readonly unknown[]> =>
      (
        await one.rows(
          `SELECT comment FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`,
        )
      ).map((row) => row['COMMENT']);
    expect(await comments('SAID')).toEqual(["it's a", 'NULL', 'c']);
    expect(await comments('UNSAID')).toEqual(['NULL', 'NULL', 'NULL']);
    expect(await one.failure('CREATE TABLE wrong (a INT COMMENT b)')).toMatchObject({ code: '001003' });
  });
});

describe('clustering', () => {
  it('is in the catalog as Snowflake shows it, and stays when columns are added', async () => {
    await one.rows('CREATE OR REPLACE TABLE clustered (a INT, "b" DATE) CLUSTER BY (a, "b")');
    await one.rows('CREATE OR REPLACE TRANSIENT TABLE both_of_it (a INT) CLUSTER BY (a)');
    await one.rows('ALTER TABLE clustered ADD COLUMN c INT');
    const shown = await one.rows(
      `SELECT clustering_key AS k, is_transient AS t FROM information_schema.tables WHERE table_name IN ('BOTH_OF_IT', 'CLUSTERED', 'T') ORDER BY table_name`,
    );
    expect(shown).toEqual([
      { K: 'LINEAR(A)', T: 'YES' },
      { K: 'LINEAR(A, "b")', T: 'NO' },
      { K: 'NULL', T: 'NO' },
    ]);
  });

  it('by what is not there or cannot be is refused, and nothing is made', async () => {
    expect(await one.failure('CREATE TABLE odd (a INT) CLUSTER BY (b)')).toMatchObject({ code: '000904' });
    expect(await one.failure('CREATE TABLE odd (v VARIANT) CLUSTER BY (v)')).toMatchObject({
      code: '000002',
    });
    expect(await one.failure('SELECT * FROM odd')).toMatchObject({ code: '002003' });
  });
});

describe('tables and views made from queries', () => {
  it('hold rows, or show those of what they read; one never takes the place of the other', async () => {
    await one.rows('CREATE OR REPLACE TABLE made AS SELECT "A" + 1 AS a, COUNT(*) AS n FROM t GROUP BY 1');
    await one.rows('CREATE OR REPLACE VIEW shown AS SELECT a FROM made WHERE a > 2');
    expect(await one.rows('SELECT * FROM shown')).toEqual([{ A: '3' }]);
    await one.rows('INSERT INTO made VALUES (9, 1)');
    expect(await one.rows('SELECT COUNT(*) AS n FROM shown')).toEqual([{ N: '2' }]);
    const columns = await one.rows(
      `SELECT column_name, data_type, numeric_scale FROM information_schema.columns WHERE table_name = 'MADE' ORDER BY ordinal_position`,
    );
    expect(columns.map((row) => Object.values(row).map(String).join(' '))).toEqual([
      'A NUMBER 0',
      'N NUMBER 0',
    ]);
    const kinds = await one.rows(
      `SELECT table_name, table_type FROM information_schema.tables WHERE table_name IN ('MADE', 'SHOWN') ORDER BY 1`,
    );
    expect(kinds.map((row) => Object.values(row).join(' '))).toEqual(['MADE BASE TABLE', 'SHOWN VIEW']);
    for (const sql of [
      'CREATE OR REPLACE TABLE shown AS SELECT 1 AS a',
      'CREATE OR REPLACE VIEW made AS SELECT 1 AS a',
      'DROP TABLE shown',
      'DROP VIEW made',
    ])
      expect(await one.failure(sql)).toMatchObject({ code: '002203' });
    await one.rows('DROP VIEW shown');
    expect(await one.failure('SELECT * FROM shown')).toMatchObject({ code: '002003' });
  });

  it('a window gives the first value that is not NULL', async () => {
    await one.rows(`INSERT INTO t VALUES (0, NULL)`);
    const sql =
      'SELECT FIRST_VALUE("B") IGNORE NULLS OVER (ORDER BY "A" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS b FROM t';
    expect((await one.rows(sql)).map((row) => row['B'])).toEqual(['one', 'one', 'one']);
  });
});

describe('MERGE', () => {
  const merge = (source: string, and = ''): string =>
    `MERGE INTO t USING (${source}) AS s ON t."A" = s.a WHEN MATCHED ${and} THEN UPDATE SET "B" = s.b WHEN NOT MATCHED THEN INSERT ("A", "B") VALUES (s.a, s.b)`;

  it('counts what it inserts and updates', async () => {
    expect(await one.rows(merge(`SELECT 2 AS a, 'zwei' AS b UNION ALL SELECT 3, 'drei'`))).toEqual([
      { 'number of rows inserted': '1', 'number of rows updated': '1' },
    ]);
    expect(await texts(one)).toEqual(['one', 'zwei', 'drei']);
  });

  it('of two rows for one is refused, and changes nothing', async () => {
    const error = await one.failure(
      merge(`SELECT 2 AS a, 'x' AS b UNION ALL SELECT 2, 'y' UNION ALL SELECT 3, 'z'`),
    );
    expect(error).toMatchObject({ code: '100090', sqlState: '42P18' });
    expect(error.message).toContain('Duplicate row detected');
    expect(await texts(one)).toEqual(['one', 'two']);
  });

  it('of two rows of which one may change it is taken', async () => {
    await one.rows(merge(`SELECT 2 AS a, 'x' AS b UNION ALL SELECT 2, 'y'`, `AND s.b = 'y'`));
    expect(await texts(one)).toEqual(['one', 'y']);
  });

  it('of two new rows with one key inserts both', async () => {
    await one.rows(merge(`SELECT 3 AS a, 'x' AS b UNION ALL SELECT 3, 'y'`));
    expect(await texts(one)).toEqual(['one', 'two', 'x', 'y']);
  });
});

describe('transactions', () => {
  it('are seen by others when they are committed', async () => {
    await one.rows('BEGIN TRANSACTION');
    await one.rows(`INSERT INTO t VALUES (3, 'three')`);
    expect(await texts(two)).toEqual(['one', 'two']);
    await one.rows('COMMIT');
    expect(await texts(two)).toEqual(['one', 'two', 'three']);
  });

  it('are committed by DDL', async () => {
    await one.rows('BEGIN');
    await one.rows(`INSERT INTO t VALUES (3, 'three')`);
    await one.rows('CREATE TABLE IF NOT EXISTS s.other ("A" INT)');
    await one.rows('ROLLBACK');
    expect(await texts(two)).toEqual(['one', 'two', 'three']);
  });

  it('are rolled back when their session ends', async () => {
    const three = await logIn(standIn);
    await three.rows('BEGIN');
    await three.rows('DELETE FROM s.t');
    await three.close();
    expect(await texts(one)).toEqual(['one', 'two']);
  });

  it('keep others from the table until they end; those then see what was committed', async () => {
    await one.rows('BEGIN');
    await one.rows('UPDATE t SET "A" = "A" + 10');
    const waiting = two.changed('UPDATE t SET "A" = "A" + 100');
    await one.rows('COMMIT');
    expect(await waiting).toBe(2);
    expect((await one.rows('SELECT sum("A") AS n FROM t'))[0]).toEqual({ N: '223' });
  });

  it('that do nothing any more give way', async () => {
    await one.rows('BEGIN');
    await one.rows('UPDATE t SET "A" = 10');
    expect(await two.changed('DELETE FROM t')).toBe(2);
    await one.rows('COMMIT');
    expect(await texts(one)).toEqual([]);
  });

  it('take nothing more after a failure, for the engine has dropped them', async () => {
    await one.rows('BEGIN');
    await one.rows(`INSERT INTO t VALUES (3, 'three')`);
    expect(await one.failure(`INSERT INTO t SELECT TO_NUMBER("B"), '' FROM t`)).toMatchObject({
      code: '100038',
    });
    expect((await one.failure('COMMIT')).message).toContain('stand-in');
    await one.rows('ROLLBACK');
    expect(await texts(one)).toEqual(['one', 'two']);
  });
});

describe('what is refused', () => {
  it.each([
    ['001003', 'SELECT "A" FROM t WHERE ('],
    ['001003', `SELECT 'open`],
    ['002140', 'SELECT SOUNDEX("B") FROM t'],
    ['000939', 'SELECT UPPER("B", 1) FROM t'],
    ['002014', 'INSERT INTO t ("A") VALUES (LENGTH(\'abc\'))'],
    ['002014', 'SELECT * FROM VALUES (SYSDATE())'],
    ['002049', 'SELECT :1'],
    ['000008', 'SELECT 1; SELECT 2'],
    ['002002', 'CREATE TABLE t ("A" INT)'],
    ['002003', 'ALTER TABLE s.nothing ADD COLUMN "A" INT'],
    ['002003', 'SELECT * FROM information_schema.everything'],
    ['002041', 'ALTER TABLE t DROP COLUMN "A"'],
    ['002041', 'CALL something()'],
    ['001420', 'ALTER SESSION SET ANYTHING = 1'],
  ])('%s %s', async (code, sql) => {
    expect(await one.failure(sql)).toMatchObject({ code });
  });

  it('a text of more than a megabyte', async () => {
    const error = await one.failure(`SELECT '${'x'.repeat(1_048_577)}'`);
    expect(error.sqlState).toBe('54001');
  });

  it('an error says where it is', async () => {
    const error = (await one.failure('SELECT "A"\nFROM t %')) as unknown as { data: unknown };
    expect(error.data).toMatchObject({ line: 2, pos: 7 });
  });

  it('what a role may not do', async () => {
    const grant = { role: 'LOADER', privilege: 'OWNERSHIP', on: ['ANALYTICS'] };
    standIn.revoke(grant);
    try {
      expect(await one.failure('CREATE SCHEMA another')).toMatchObject({ code: '003001', sqlState: '42501' });
      standIn.revoke({ ...grant, on: ['ANALYTICS', 'S'] });
      expect((await one.failure('CREATE TABLE u ("A" INT)')).code).toMatch(/^(002003|003001)$/);
    } finally {
      standIn.grant(grant);
    }
  });
});

describe('values', () => {
  it('come as Snowflake writes them', async () => {
    const [row] = await one.rows(
      `SELECT 9223372036854775807 AS big, CAST(1 AS FLOAT) AS whole, CAST(CAST(1 AS FLOAT) AS VARCHAR) AS t, CAST('NaN' AS FLOAT) AS nan, CAST('-inf' AS FLOAT) AS inf, TO_BINARY('3q2+7w==', 'BASE64') AS y, CAST('2026-02-03' AS DATE) AS d, PARSE_JSON('{"a":[1,{}],"n":9007199254740993}') AS v`,
    );
    expect(row).toMatchObject({
      BIG: '9223372036854775807',
      WHOLE: '1',
      T: '1',
      NAN: 'NaN',
      D: '2026-02-03',
    });
    expect(row?.['V']).toBe('{\n  "a": [\n    1,\n    {}\n  ],\n  "n": 9007199254740993\n}');
    expect(row?.['Y']).toBe('DEADBEEF');
  });

  it('texts keep what Snowflake lets escape', async () => {
    const [row] = await one.rows(String.raw`SELECT 'a\'b\\c\nd\u0041\0e''f' AS t, $$it's$$ AS d`);
    expect(row).toEqual({ T: "a'b\\c\ndA\0e'f", D: "it's" });
  });

  it('NULLs sort last, and first when descending', async () => {
    await one.rows('INSERT INTO t ("B") VALUES (NULL)');
    const sorted = async (order: string): Promise<readonly unknown[]> =>
      (await one.rows(`SELECT "B" FROM t ORDER BY "B" ${order}`)).map((row) => row['B']);
    expect(await sorted('ASC')).toEqual(['one', 'two', 'NULL']);
    expect(await sorted('DESC')).toEqual(['NULL', 'two', 'one']);
  });
});
