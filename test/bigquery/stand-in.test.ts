import { BigQuery, type Job } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AvroRecordSchema, type AvroRow, avroFile } from '../../scripts/support/avro-writer.js';
import { analysisBy } from '../stand-ins/bigquery/analysis.js';
import { type BigQueryStandIn, startBigQueryStandIn } from '../stand-ins/bigquery/server.js';
import { sharedAnalyzer } from '../tools/zetasql/shared.js';

const PROJECT = 'acme-analytics';
let standIn: BigQueryStandIn;
let client: BigQuery;
let hasAnalyzer = false;
beforeAll(async () => {
  const analyzer = await sharedAnalyzer();
  hasAnalyzer = analyzer !== undefined;
  standIn = await startBigQueryStandIn({
    project: PROJECT,
    buckets: ['acme-load'],
    loadsPerTableAndDay: 5,
    ...(analyzer === undefined ? {} : { analyze: analysisBy(analyzer) }),
  });
  client = new BigQuery({
    projectId: PROJECT,
    location: 'US',
    apiEndpoint: standIn.url,
    authClient: new PassThroughClient(),
    autoRetry: false,
    maxRetries: 0,
  });
});
afterAll(async () => {
  await standIn.stop();
});

let tables = 0;
let table: string;
beforeEach(async () => {
  standIn.clearFaults();
  tables += 1;
  table = `d.t${tables}`;
  await client.query('CREATE SCHEMA IF NOT EXISTS d');
  await client.query(`CREATE TABLE ${table} (k INT64, v STRING)`);
  await client.query(`INSERT INTO ${table} (k, v) VALUES (1, 'a'), (2, 'b')`);
});

async function rows(sql = `SELECT k, v FROM ${table} ORDER BY k, v`): Promise<readonly unknown[]> {
  const [found] = await client.query(sql);
  return found as readonly unknown[];
}

/** What the tests look at of a job; the client leaves it untyped. */
interface JobMetadata {
  readonly status: { readonly state: string; readonly errorResult?: unknown };
  readonly statistics: {
    readonly totalBytesProcessed?: string;
    readonly query?: { readonly numDmlAffectedRows?: string };
    readonly load?: { readonly outputRows?: string };
  };
}

async function metadataOf(job: Job): Promise<JobMetadata> {
  const [metadata] = (await job.getMetadata()) as [JobMetadata, ...unknown[]];
  return metadata;
}

describe('queries through the real client', () => {
  it('give values of every type, and pages', async () => {
    const sql = `SELECT CAST(9007199254740993 AS STRING) AS s, 1.5 AS f, TRUE AS b, b'\\x00\\xff' AS raw,
      DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02 03:04:05.678901+00' AS moment, NUMERIC '12.50' AS n`;
    const [row] = (await rows(sql)) as Readonly<Record<string, unknown>>[];
    expect(row).toMatchObject({
      ...{ s: '9007199254740993', f: 1.5, b: true, raw: Buffer.from([0, 255]) },
      ...{ day: { value: '2026-01-02' }, moment: { value: '2026-01-02T03:04:05.678901000Z' } },
    });
    expect(String(row?.['n'])).toBe('12.5');
    const [many] = await client.query({
      query: 'SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25)) AS n ORDER BY n',
      maxResults: 10,
    });
    expect(many.length).toBe(25);
    const [listed] = await client.dataset('d').table(table.slice(2)).getRows();
    expect(listed).toEqual([
      { k: 1, v: 'a' },
      { k: 2, v: 'b' },
    ]);
  });

  it('bind parameters by name and count the rows they change', async () => {
    const [job] = await client.createQueryJob({
      query: `UPDATE ${table} SET v = @v WHERE k = @k`,
      params: { v: "x';", k: 2 },
    });
    await job.promise();
    const { statistics } = await metadataOf(job);
    expect(statistics.query?.numDmlAffectedRows).toBe('1');
    expect(await rows()).toEqual([
      { k: 1, v: 'a' },
      { k: 2, v: "x';" },
    ]);
  });

  it('say in a dry run what they would read, and do nothing', async () => {
    const [job] = await client.createQueryJob({ query: `DELETE FROM ${table} WHERE k = 1`, dryRun: true });
    expect(Number((job.metadata as JobMetadata).statistics.totalBytesProcessed)).toBeGreaterThan(0);
    await expect(
      client.createQueryJob({ query: `SELECT nope FROM ${table}`, dryRun: true }),
    ).rejects.toThrow();
    expect((await rows()).length).toBe(2);
  });

  it.each([
    ['a function it does not know', 'SELECT SOUNDEX("x")', /SOUNDEX|Function not found/],
    ['two statements in a bracket', 'SELECT (SELECT 1; SELECT 2)', /Syntax|syntax|Expected|end of/],
    ['UPDATE without WHERE', 'UPDATE d.t1 SET v = "x"', /WHERE/],
    ['a limit of bytes', 'SELECT * FROM d.t1', /bytes billed/],
  ])('refuse %s', async (_title, query, message) => {
    const limit = message.source.includes('billed') ? { maximumBytesBilled: '1' } : {};
    await expect(client.query({ query, ...limit })).rejects.toThrow(message);
  });

  it('refuse what only an analyzer sees', async (context) => {
    if (!hasAnalyzer) context.skip("Google's SQL analyzer is not installed");
    // DuckDB would compare the two as texts.
    await expect(client.query(`SELECT 1 FROM ${table} WHERE k = '1'`)).rejects.toThrow(
      /No matching signature/,
    );
  });
});

describe('tables and views made from queries', () => {
  it('hold rows, or show those of what they read; one never takes the place of the other', async () => {
    await client.query(`CREATE OR REPLACE TABLE ${table} AS SELECT k + 1 AS k, UPPER(v) AS v FROM ${table}`);
    await client.query(`CREATE OR REPLACE VIEW ${table}_v AS SELECT k, v FROM ${table} WHERE k > 2`);
    expect(await rows(`SELECT * FROM ${table}_v`)).toEqual([{ k: 3, v: 'B' }]);
    await client.query(`INSERT INTO ${table} (k, v) VALUES (9, 'z')`);
    expect(await rows(`SELECT COUNT(*) AS n FROM ${table}_v`)).toEqual([{ n: 2 }]);
    const name = table.slice(2);
    expect(
      await rows(
        `SELECT table_name, table_type FROM d.INFORMATION_SCHEMA.TABLES WHERE STARTS_WITH(table_name, '${name}') ORDER BY 1`,
      ),
    ).toEqual([
      { table_name: name, table_type: 'BASE TABLE' },
      { table_name: `${name}_v`, table_type: 'VIEW' },
    ]);
    const refused = /is not allowed for this operation because it is currently a (TABLE|VIEW)/;
    for (const sql of [
      `CREATE OR REPLACE TABLE ${table}_v AS SELECT 1 AS k`,
      `CREATE OR REPLACE VIEW ${table} AS SELECT 1 AS k`,
      `DROP TABLE ${table}_v`,
      `DROP VIEW ${table}`,
    ])
      await expect(client.query(sql)).rejects.toThrow(refused);
    await client.query(`DROP VIEW ${table}_v`);
    await expect(rows(`SELECT * FROM ${table}_v`)).rejects.toThrow(/not found/i);
  });

  it('a backslash in a pattern makes the next letter stand for itself', async () => {
    const sql = `SELECT v FROM UNNEST(['a%b', 'axb', 'a_b', 'a\\\\b']) AS v WHERE v LIKE`;
    expect(await rows(`${sql} 'a\\\\%b'`)).toEqual([{ v: 'a%b' }]);
    expect(await rows(`${sql} LOWER('A\\\\_B')`)).toEqual([{ v: 'a_b' }]);
    expect((await rows(`${sql} 'a_b'`)).length).toBe(4);
  });
});

describe('partitions', () => {
  const days = (count: number, by = 0): string =>
    `SELECT TIMESTAMP_ADD(TIMESTAMP '2000-01-01 00:00:00+00', INTERVAL n + ${by} DAY) FROM UNNEST(GENERATE_ARRAY(1, ${count})) AS n`;
  beforeEach(async () => {
    await client.query(`CREATE TABLE ${table}p (t TIMESTAMP) PARTITION BY TIMESTAMP_TRUNC(t, DAY)`);
    await client.query(`INSERT INTO ${table}p (t) ${days(3000)}`);
  });

  it.each([
    ['an INSERT', (name: string) => `INSERT INTO ${name} (t) ${days(4001)}`],
    // Rows leave one partition and come to another.
    ['an UPDATE', (name: string) => `UPDATE ${name} SET t = TIMESTAMP_ADD(t, INTERVAL 3000 DAY) WHERE TRUE`],
    [
      'a MERGE',
      (name: string) => `MERGE INTO ${name} AS a USING (SELECT t FROM ${name} LIMIT 2001) AS b ON a.t = b.t
        WHEN MATCHED THEN UPDATE SET t = TIMESTAMP_ADD(a.t, INTERVAL 3000 DAY)`,
    ],
  ])('of a table, %s changes 4,000 at most', async (_title, sql) => {
    await expect(client.query(sql(`${table}p`))).rejects.toThrow(/allowed 4000/);
    expect(await rows(`SELECT count(*) AS n FROM ${table}p`)).toEqual([{ n: 3000 }]);
  });

  it('a table has 10,000 at most, NULL among them', async () => {
    await client.query(`INSERT INTO ${table}p (t) ${days(4000, 3000)}`);
    await client.query(`INSERT INTO ${table}p (t) ${days(3000, 7000)}`);
    await expect(client.query(`INSERT INTO ${table}p (t) VALUES (NULL)`)).rejects.toThrow(/allowed 10000/);
  });

  it('a transaction changes 100,000 at most, counted each time', async () => {
    const script = (times: number): string => `BEGIN TRANSACTION;
      FOR each IN (SELECT n FROM UNNEST(GENERATE_ARRAY(1, ${times})) AS n) DO
        UPDATE ${table}p SET t = TIMESTAMP_ADD(t, INTERVAL MOD(each.n, 24) HOUR) WHERE TRUE;
      END FOR;
      COMMIT TRANSACTION`;
    await client.query(script(20));
    await expect(client.query(script(34))).rejects.toThrow(/allowed 100000/);
  });
});

describe('loops of a script', () => {
  it('go through the rows of a query, in order', async () => {
    await client.query(`FOR each IN (SELECT k + 10 AS n, v FROM ${table} ORDER BY k) DO
        INSERT INTO ${table} (k, v) VALUES (each.n, CONCAT(each.v, '; again'));
      END FOR`);
    expect(await rows()).toEqual([
      { k: 1, v: 'a' },
      { k: 2, v: 'b' },
      { k: 11, v: 'a; again' },
      { k: 12, v: 'b; again' },
    ]);
  });

  it.each([
    ['without an end', 'FOR x IN (SELECT 1 AS n) DO SELECT x.n', /Syntax/],
    ['over a column that is not there', 'FOR x IN (SELECT 1 AS n) DO SELECT x.m; END FOR', /\bm\b/],
    [
      'whose variable is used behind it',
      'FOR x IN (SELECT 1 AS n) DO SELECT x.n; END FOR; SELECT x.n',
      /\bx\b/,
    ],
  ])('are refused %s', async (_title, sql, message) => {
    await expect(client.query(sql)).rejects.toThrow(message);
  });
});

describe('what BigQuery enforces', () => {
  it('at most one source row for each target row in MERGE and UPDATE', async () => {
    const source = `(SELECT 1 AS k, 'x' AS v UNION ALL SELECT 1, 'y')`;
    const merge = `MERGE INTO ${table} AS t USING ${source} AS s ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)`;
    await expect(client.query(merge)).rejects.toThrow(/at most one source row/);
    const update = `UPDATE ${table} AS t SET v = s.v FROM ${source} AS s WHERE t.k = s.k`;
    await expect(client.query(update)).rejects.toThrow(/at most one source row/);
    expect(await rows()).toMatchObject([{ v: 'a' }, { v: 'b' }]);
    await client.query(merge.replace("'y'", "'y' LIMIT 1"));
    expect((await rows()).length).toBe(2);
  });

  it('that a script which fails or does not commit changes nothing', async () => {
    const change = `UPDATE ${table} SET v = 'z' WHERE k = 1`;
    const failing = `BEGIN TRANSACTION; ${change}; ASSERT @@row_count = 2 AS 'TWO: not two'; COMMIT TRANSACTION`;
    await expect(client.query(failing)).rejects.toThrow(/TWO: not two/);
    await client.query(`BEGIN TRANSACTION; ${change}`);
    expect(await rows()).toMatchObject([{ v: 'a' }, { v: 'b' }]);
    await client.query(failing.replace('= 2', '= 1'));
    expect(await rows()).toMatchObject([{ v: 'z' }, { v: 'b' }]);
  });

  it('that of two transactions which change one table only one commits', async () => {
    const script = `BEGIN TRANSACTION; UPDATE ${table} SET k = k + 10 WHERE k = 1; SELECT count(*) FROM ${table}; COMMIT TRANSACTION`;
    const both = await Promise.allSettled([client.query(script), client.query(script)]);
    const [failed] = both.filter((each) => each.status === 'rejected');
    expect(both.filter((each) => each.status === 'fulfilled').length).toBe(1);
    expect(String(failed?.reason)).toMatch(/Transaction is aborted due to concurrent update against table/);
    expect(await rows()).toMatchObject([{ k: 2 }, { k: 11 }]);
  });

  it('that statements outside of transactions queue', async () => {
    const statement = `UPDATE ${table} SET k = k + 10 WHERE v = 'a'`;
    await Promise.all([client.query(statement), client.query(statement), client.query(statement)]);
    expect(await rows()).toMatchObject([{ k: 2 }, { k: 31 }]);
  });

  it('that no table is made inside a transaction, and variables come first', async () => {
    await expect(
      client.query('BEGIN TRANSACTION; CREATE TABLE d.no (k INT64); COMMIT TRANSACTION'),
    ).rejects.toThrow(/not supported inside a transaction/);
    await expect(client.query('SELECT 1; DECLARE x INT64')).rejects.toThrow(/declarations are allowed only/);
  });

  it('that ids of jobs are used once, and that jobs are found in their place', async () => {
    const jobId = `once_${tables}`;
    await client.createQueryJob({ query: 'SELECT 1', jobId, location: 'europe-west1' });
    await expect(
      client.createQueryJob({ query: 'SELECT 1', jobId, location: 'europe-west1' }),
    ).rejects.toMatchObject({
      code: 409,
    });
    const answer = await fetch(`${standIn.url}/bigquery/v2/projects/${PROJECT}/jobs/${jobId}`);
    expect(answer.status).toBe(404);
    await expect(client.query({ query: `SELECT 1 FROM ${table}`, location: 'EU' })).rejects.toThrow(
      /in location EU/,
    );
  });
});

const schema: AvroRecordSchema = {
  type: 'record',
  name: 'row',
  fields: [
    { name: 'k', type: ['null', 'long'] },
    { name: 'v', type: ['null', 'string'] },
  ],
};

async function load(
  content: { readonly schema?: AvroRecordSchema; readonly rows?: readonly AvroRow[] },
  more: Readonly<Record<string, unknown>> = {},
): Promise<Job['metadata']> {
  const bytes = avroFile({
    schema,
    rows: [
      { k: 7n, v: 'seven' },
      { k: null, v: null },
    ],
    ...content,
  });
  const stream = client
    .dataset('d')
    .table(table.slice(2))
    .createWriteStream({ sourceFormat: 'AVRO', ...more });
  return await new Promise((resolve, reject) => {
    stream.on('job', (job: Job) => {
      job
        .promise()
        .then(() => metadataOf(job))
        .then(resolve, reject);
    });
    stream.on('error', reject);
    stream.end(bytes);
  });
}

describe('load jobs', () => {
  it('append or replace rows, all or none', async () => {
    const metadata = (await load({})) as { statistics: { load: { outputRows: string } } };
    expect(metadata.statistics.load.outputRows).toBe('2');
    expect((await rows()).length).toBe(4);
    for (let n = 0; n < 2; n += 1) await load({}, { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await rows()).toEqual([
      { k: null, v: null },
      { k: 7, v: 'seven' },
    ]);
  });

  it.each([
    ['a field the table lacks', [{ name: 'x', type: ['null', 'long'] }], {}, /Cannot add fields/],
    ['a type the column does not take', [{ name: 'k', type: ['null', 'string'] }], {}, /cannot be loaded/],
    [
      'a schema unlike the table',
      [{ name: 'k', type: ['null', 'string'] }],
      { schema: { fields: [{ name: 'k', type: 'STRING' }] } },
      /changed type/,
    ],
  ])('refuse %s', async (_title, fields, more, message) => {
    await expect(load({ schema: { ...schema, fields }, rows: [] }, more)).rejects.toThrow(message);
    expect((await rows()).length).toBe(2);
  });

  it('are counted against the quota of a table', async () => {
    for (let n = 0; n < 5; n += 1) await load({});
    await expect(load({})).rejects.toThrow(/Quota exceeded/);
  });
});

describe('failures it is told to have', () => {
  const statement = (): string => `UPDATE ${table} SET v = 'done' WHERE k = 1`;

  it('a lost reply, after the work', async () => {
    standIn.failNext({ job: 'QUERY', sql: /UPDATE/ }, { kind: 'drop-reply' });
    await expect(client.query(statement())).rejects.toThrow();
    expect(await rows()).toMatchObject([{ v: 'done' }, { v: 'b' }]);
  });

  it('a refusal and a reset, before the work', async () => {
    standIn.failNext({ job: 'QUERY' }, { kind: 'refuse', status: 403, reason: 'quotaExceeded' });
    await expect(client.query(statement())).rejects.toMatchObject({ code: 403 });
    standIn.failNext({ method: 'POST', path: /^\/upload\// }, { kind: 'reset', afterBytes: 10 });
    // The client's own stream never notices that the connection broke.
    const upload = `${standIn.url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=multipart`;
    await expect(fetch(upload, { method: 'POST', body: Buffer.alloc(1000) })).rejects.toThrow();
    expect(standIn.faultsLeft).toBe(0);
    expect(await rows()).toMatchObject([{ v: 'a' }, { v: 'b' }]);
  });

  it('a job that is slow, that fails, or that is cancelled', async () => {
    standIn.failNext({ job: 'QUERY' }, { kind: 'slow', polls: 2 });
    const [slow] = await client.createQueryJob({ query: statement() });
    expect((slow.metadata as JobMetadata).status.state).toBe('RUNNING');
    expect(await rows()).toMatchObject([{ v: 'a' }, { v: 'b' }]);
    await slow.cancel();
    expect((await metadataOf(slow)).status.errorResult).toMatchObject({ reason: 'stopped' });
    standIn.failNext({ job: 'QUERY' }, { kind: 'fail-job', reason: 'jobBackendError', afterWork: true });
    await expect(client.query(statement())).rejects.toThrow(/jobBackendError/);
    expect(await rows()).toMatchObject([{ v: 'done' }, { v: 'b' }]);
  });
});
