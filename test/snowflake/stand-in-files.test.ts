import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AvroCodec, avroFile } from '../../scripts/support/avro-writer.js';
import { type SnowflakeStandIn, startSnowflakeStandIn } from '../stand-ins/snowflake/server.js';
import { type Client, logIn } from './client.js';

// PUT by the driver into a stage on disk, and COPY of what lies there.

let standIn: SnowflakeStandIn;
let client: Client;
let folder: string;

const SCHEMA = {
  type: 'record',
  name: 'row',
  fields: [
    { name: 'id', type: ['null', 'long'] },
    { name: 'name', type: ['null', 'string'] },
    { name: 'more', type: ['null', { type: 'array', items: 'long' }] },
  ],
} as const;

beforeAll(async () => {
  standIn = await startSnowflakeStandIn();
  client = await logIn(standIn, { schema: 'PUBLIC' });
  folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-stand-in-files-'));
});
afterAll(async () => {
  await client.close();
  await standIn.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await client.rows('CREATE OR REPLACE STAGE "ST"');
  await client.rows(
    'CREATE OR REPLACE TABLE t ("ID" NUMBER(19,0), "NAME" VARCHAR, "MORE" VARIANT, "FILE" VARCHAR, "ROW" NUMBER(19,0))',
  );
});

async function put(name: string, rows: readonly object[], codec: AvroCodec = 'deflate'): Promise<void> {
  await writeFile(
    path.join(folder, name),
    avroFile({ schema: SCHEMA, rows: rows as Record<string, unknown>[], codec }),
  );
  const answer = await client.rows(
    `PUT 'file://${folder}/${name}' '@"ST"/in/' AUTO_COMPRESS = FALSE OVERWRITE = TRUE`,
  );
  expect(answer).toMatchObject([{ source: name, target: name, status: 'UPLOADED' }]);
}

function copy(
  options: string,
  items = '$1:"id"::NUMBER(19,0), $1:"name"::VARCHAR, $1:"more"::VARIANT',
): string {
  return `COPY INTO t ("ID", "NAME", "MORE", "FILE", "ROW") FROM (SELECT ${items}, METADATA$FILENAME, METADATA$FILE_ROW_NUMBER FROM '@"ST"/in') FILE_FORMAT = (TYPE = AVRO NULL_IF = ()) ON_ERROR = ABORT_STATEMENT ${options}`;
}

const loaded = (): Promise<readonly object[]> => client.rows('SELECT * FROM t ORDER BY "FILE", "ROW"');

describe('COPY', () => {
  it.each<AvroCodec>(['null', 'deflate', 'snappy'])(
    'reads rows of %s with every digit, in order',
    async (codec) => {
      await put(
        'a.avro',
        [{ id: 9_007_199_254_740_993n, name: 'a', more: [-9_223_372_036_854_775_808n] }, {}],
        codec,
      );
      const [answer] = await client.rows(copy(`FILES = ('a.avro') FORCE = TRUE`));
      expect(answer).toMatchObject({
        file: 'st/in/a.avro',
        status: 'LOADED',
        rows_parsed: '2',
        rows_loaded: '2',
      });
      expect(await loaded()).toEqual([
        {
          ID: '9007199254740993',
          NAME: 'a',
          MORE: '[\n  -9223372036854775808\n]',
          FILE: 'in/a.avro',
          ROW: '1',
        },
        { ID: 'NULL', NAME: 'NULL', MORE: null, FILE: 'in/a.avro', ROW: '2' },
      ]);
    },
  );

  it('takes every file of a folder, and each but once unless it is forced', async () => {
    await put('a.avro', [{ id: 1n }]);
    await put('b.avro', [{ id: 2n }, { id: 3n }]);
    expect(await client.rows(copy(''))).toHaveLength(2);
    expect(await client.rows(copy(''))).toEqual([{ status: 'Copy executed with 0 files processed.' }]);
    expect(await client.rows(copy('FORCE = TRUE'))).toHaveLength(2);
    expect(await loaded()).toHaveLength(6);
  });

  it('more rows than fit one batch', async () => {
    await put(
      'big.avro',
      Array.from({ length: 5000 }, (_, n) => ({ id: BigInt(n), name: `${n}` })),
    );
    await client.rows(copy(`FILES = ('big.avro')`));
    const [row] = await client.rows('SELECT count(*) AS n, sum("ID") AS s, max("ROW") AS m FROM t');
    expect(row).toEqual({ N: '5000', S: '12497500', M: '5000' });
  });

  it('loads nothing when one value of one file cannot be read', async () => {
    await put('a.avro', [{ id: 1n, name: '1' }]);
    await put('b.avro', [{ id: 2n, name: 'x' }]);
    const error = await client.failure(copy('', '$1:"name"::NUMBER(19,0), NULL, NULL'));
    expect(error).toMatchObject({ code: '100038', sqlState: '22018' });
    expect(error.message).toContain("File 'st/in/b.avro'");
    expect(await loaded()).toEqual([]);
  });

  it('loads nothing when a file is not there, or is no Avro', async () => {
    await put('a.avro', [{ id: 1n }]);
    expect(await client.failure(copy(`FILES = ('a.avro', 'z.avro')`))).toMatchObject({ code: '091016' });
    await writeFile(path.join(folder, 'c.avro'), 'not Avro at all');
    await client.rows(`PUT 'file://${folder}/c.avro' '@"ST"/in/' AUTO_COMPRESS = FALSE`);
    expect((await client.failure(copy(''))).sqlState).toBe('22000');
    expect(await loaded()).toEqual([]);
  });

  it('is part of an open transaction', async () => {
    await put('a.avro', [{ id: 1n }]);
    await client.rows('BEGIN');
    await client.rows(copy(''));
    await client.rows('ROLLBACK');
    expect(await loaded()).toEqual([]);
  });

  it('through a stage on a bucket the name of a file is its key', async () => {
    await writeFile(path.join(folder, 'key.avro'), avroFile({ schema: SCHEMA, rows: [{ id: 5n }] }));
    await standIn.addExternalStage('ANALYTICS', 'PUBLIC', 'OUTSIDE', folder);
    const [answer] = await client.rows(copy(`FILES = ('key.avro')`).replace('@"ST"/in', '@OUTSIDE'));
    expect(answer).toMatchObject({ file: 'key.avro', status: 'LOADED' });
    expect(await loaded()).toMatchObject([{ ID: '5', FILE: 'key.avro' }]);
  });

  it.each(['ON_ERROR = CONTINUE', 'PURGE = TRUE', 'SIZE_LIMIT = 1', 'MATCH_BY_COLUMN_NAME = CASE_SENSITIVE'])(
    'does not know %s',
    async (option) => {
      expect(await client.failure(copy(option))).toMatchObject({ code: '002041' });
    },
  );
});

describe('stages', () => {
  it('LIST and REMOVE take what begins with a path', async () => {
    await put('a.avro', [{ id: 1n }]);
    await put('b.avro', [{ id: 2n }]);
    const names = async (sql: string): Promise<readonly unknown[]> =>
      (await client.rows(sql)).map((row) => row['name']);
    expect(await names(`LIST '@"ST"/in/'`)).toEqual(['st/in/a.avro', 'st/in/b.avro']);
    expect(await names('LIST @ST/other')).toEqual([]);
    expect(await client.rows('REMOVE @ST/in/a')).toEqual([{ name: 'st/in/a.avro', result: 'removed' }]);
    expect(await names('LIST @public.st')).toEqual(['st/in/b.avro']);
  });

  it('a temporary one is of its session alone', async () => {
    await client.rows('CREATE TEMPORARY STAGE mine');
    const other = await logIn(standIn, { schema: 'PUBLIC' });
    expect(await other.failure('LIST @mine')).toMatchObject({ code: '002003' });
    await other.close();
    await client.rows('DROP STAGE mine');
    expect(await client.failure('LIST @mine')).toMatchObject({ code: '002003' });
  });

  it('a PUT that is refused uploads nothing', async () => {
    await writeFile(path.join(folder, 'a.avro'), 'x');
    expect(await client.failure(`PUT 'file://${folder}/a.avro' '@NOWHERE/in/'`)).toMatchObject({
      code: '002003',
    });
    expect(await client.rows('LIST @ST')).toEqual([]);
  });
});
