import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BATCH_ROWS, Batch } from '../../../src/avro/columnar/batch.js';
import { RowDecoder } from '../../../src/avro/columnar/row-decoder.js';
import { openLocalContainer } from '../../../src/avro/local-container.js';
import { parseSchema } from '../../../src/avro/parse-schema.js';
import { INT64, type LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { logicalType } from '../../../warehouses/duckdb/logical-type.js';
import { type ScannedLoad, registerScan } from '../../../warehouses/duckdb/scan.js';
import { fillVector } from '../../../warehouses/duckdb/vectors.js';
import { sameValue } from '../../support/column-values.js';
import { Random, SCALARS, rowBytes, schemaOf, unionOf } from '../../support/generate/avro-bytes.js';
import { type TestCodec, container, localFileOf, recordOf, rowsOf, text } from '../avro/support.js';
import { typeNamed } from '../avro/columnar/support.js';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
const loads = new Map<string, ScannedLoad>();

beforeEach(async () => {
  instance = await DuckDBInstance.create(':memory:', { preserve_insertion_order: 'false', threads: '2' });
  connection = await instance.connect();
  registerScan(connection, loads, 512_000_000);
});

afterEach(() => {
  loads.clear();
  connection.closeSync();
  instance.closeSync();
});

/** Containers of one schema as the files of a load named `load`. */
function offer(containers: readonly Uint8Array[]): ScannedLoad {
  const files: ScannedLoad['files'][number][] = [];
  let columns: ScannedLoad['columns'] = [];
  for (const [n, bytes] of containers.entries()) {
    const key = `f${n}`;
    const local = localFileOf(bytes);
    const container = openLocalContainer(local, { file: key });
    const { header } = container;
    columns = header.columns;
    let rows = 0;
    for (const block of container.blocks(() => false)) rows += block.rows;
    const targets = columns.map((_, field) => field);
    const { codec, schema } = header;
    files.push({ index: n + 3, key, schema, targets, codec, rows, local, frame: header });
  }
  const load: ScannedLoad = {
    name: 'load',
    isChecked: true,
    columns,
    files,
    close: () => undefined,
    error: undefined,
    isOver: false,
  };
  loads.set(load.name, load);
  return load;
}

async function query(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
  return (await connection.runAndReadAll(sql)).getRows();
}

function plain(value: DuckDBValue | undefined): Value | undefined {
  if (value instanceof DuckDBBlobValue) return new Uint8Array(value.bytes);
  if (value instanceof DuckDBDateValue) return BigInt(value.days);
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDecimalValue) return value.value;
  return value as Value | undefined;
}

function expectSame(
  found: readonly (readonly DuckDBValue[])[],
  expected: readonly (readonly Value[])[],
): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((row, n) => {
    row.forEach((value, field) => {
      const raw = plain(found[n]?.[field]);
      const other =
        typeof value === 'string' && raw instanceof Uint8Array ? Buffer.from(raw).toString() : raw;
      if (!sameValue(other, value)) expect({ n, field, value: other }).toEqual({ n, field, value });
    });
  });
}

const KINDS = Object.keys(SCALARS).filter((kind) => kind !== 'null');
const ALL = KINDS.map((kind, n) => unionOf([typeNamed(kind, `T${n}`)], n % 3 === 2 ? -1 : n % 3));

/** Texts are read as bytes: the client drops a byte order mark from a text. */
const TEXTS = KINDS.flatMap((kind, n) =>
  ['string', 'enum', 'decimal50'].includes(kind) ? [`encode(c${n}) AS c${n}`] : [],
).join(', ');

function fileOf(rows: readonly number[], seed: number, codec: TestCodec): Buffer {
  const random = new Random(seed);
  const blocks = rows.map((count) => ({ rows: count, data: rowBytes(ALL, count, random) }));
  return container(schemaOf(ALL), blocks, codec);
}

describe('the scan', () => {
  it('gives all types, NULLs, files and rows as they were read', async () => {
    const files = [
      fileOf([10, 2048, 0, 3000], 1, 'snappy'),
      fileOf([1], 2, 'snappy'),
      fileOf([], 3, 'snappy'),
    ];
    offer(files);
    const found = await query(
      `SELECT * EXCLUDE (_heapload_place) REPLACE (${TEXTS}) FROM _heapload_scan('load', NULL) ORDER BY 1, 2`,
    );
    const rows = await Promise.all(files.map((file) => rowsOf(file)));
    expectSame(
      found,
      rows.flatMap((ofFile, file) => ofFile.map((row, n) => [BigInt(file + 3), BigInt(n), ...row])),
    );
  });

  it.each<TestCodec>(['null', 'deflate', 'snappy'])('%s: passes over blocks of no bytes', async (codec) => {
    const full = container(recordOf('long'), [{ rows: 1, data: Buffer.of(2) }], codec);
    const nothing = Buffer.concat([Buffer.of(0, 0), full.subarray(-16)]);
    const head = container(recordOf('long'), [], codec);
    offer([Buffer.concat([head, nothing, full.subarray(head.length), nothing])]);
    expect(await query(`SELECT c0 FROM _heapload_scan('load', NULL)`)).toEqual([[1n]]);
  });

  it.each([0, 1])('gives texts of every length, NULL being branch %i', async (nullAt) => {
    const lengths = [...Array(300).keys()].flatMap((length) => [length, -1, 300 - length]);
    const one = (length: number): string => `${length} `.padEnd(length, 'x').slice(0, length);
    const data = lengths.map((length) =>
      length < 0 ? Buffer.of(nullAt * 2) : Buffer.concat([Buffer.of(2 - nullAt * 2), text(one(length))]),
    );
    const schema = recordOf(nullAt === 0 ? ['null', 'string'] : ['string', 'null']);
    offer([container(schema, [{ rows: data.length, data: Buffer.concat(data) }], 'snappy')]);
    expect(await query(`SELECT c0 FROM _heapload_scan('load', NULL) ORDER BY _heapload_row`)).toEqual(
      lengths.map((length) => [length < 0 ? null : one(length)]),
    );
  });

  it('counts without columns, and reads only those asked for', async () => {
    offer([fileOf([5000], 4, 'null')]);
    expect(await query(`SELECT count(*) FROM _heapload_scan('load', NULL)`)).toEqual([[5000n]]);
    const expected = await rowsOf(fileOf([5000], 4, 'null'));
    expectSame(
      await query(`SELECT c2, _heapload_row, c4 FROM _heapload_scan('load', NULL) ORDER BY _heapload_row`),
      expected.map((row, n) => [row[2] ?? null, BigInt(n), row[4] ?? null]),
    );
  });

  it('reads chosen rows alone, wherever the parts of their bit strings end', async () => {
    const rows = 2 ** 20 + 300_000;
    const bytes = Buffer.alloc(rows * 8);
    for (let n = 0; n < rows; n += 1) bytes.writeDoubleLE(n, n * 8);
    const half = 700_001;
    offer([
      container(recordOf('double'), [
        { rows: half, data: bytes.subarray(0, half * 8) },
        { rows: rows - half, data: bytes.subarray(half * 8) },
      ]),
    ]);
    const wanted = [0, 7, 8, half - 1, half, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 9, rows - 1];
    const parts = (chosen: string): string => `(
      SELECT list(bits ORDER BY part) FROM (
        SELECT part, bitstring_agg(place % 1048576, 0, 1048575) FILTER (WHERE ${chosen}) AS bits
        FROM (SELECT range AS place, range // 1048576 AS part FROM range(${rows})) GROUP BY part
      ))`;
    const scan = async (chosen: string): Promise<readonly unknown[]> => {
      await connection.run(`SET VARIABLE places = ${parts(chosen)}`);
      return (await query(`SELECT c0 FROM _heapload_scan('load', getvariable('places')) ORDER BY 1`)).flat();
    };
    expect(await scan(`place IN (${wanted.join(', ')})`)).toEqual(wanted);
    // The second part has no row: its bit string is NULL.
    expect(await scan('place IN (3, 5)')).toEqual([3, 5]);
    expect(await scan('false')).toEqual([]);
  });

  it('keeps the error of a block that cannot be read', async () => {
    const load = offer([
      container(recordOf('string'), [{ rows: 2, data: Buffer.concat([text('a'), text(Buffer.of(0xff))]) }]),
    ]);
    await expect(query(`SELECT * FROM _heapload_scan('load', NULL)`)).rejects.toThrow(
      'the text is not valid UTF-8',
    );
    expect(load.error).toMatchObject({ code: 'AVRO_INVALID', place: { file: 'f0' } });
  });

  it('does not know loads of other names', async () => {
    await expect(query(`SELECT * FROM _heapload_scan('other', NULL)`)).rejects.toThrow('no load other');
  });
});

describe('texts that operators hold on to', () => {
  const ROWS = 30_000;
  const value = (n: number): string | null =>
    n % 7 === 0 ? null : `${n}-`.padEnd([3, 12, 13, 60, 400][n % 5] ?? 3, 'é');

  beforeEach(() => {
    const rows = Array.from({ length: ROWS }, (_, n) => {
      const one = value(n);
      return Buffer.concat([
        typeBytes(n),
        one === null ? Buffer.of(0) : Buffer.concat([Buffer.of(2), text(one)]),
      ]);
    });
    const schema = recordOf('double', ['null', 'string']);
    const halves = [rows.slice(0, ROWS / 2), rows.slice(ROWS / 2)];
    offer([
      container(
        schema,
        halves.map((half) => ({ rows: half.length, data: Buffer.concat(half) })),
        'snappy',
      ),
    ]);
  });

  function typeBytes(n: number): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(n);
    return bytes;
  }

  const all = Array.from({ length: ROWS }, (_, n) => [n, value(n)] as const);
  const scan = `_heapload_scan('load', NULL)`;

  it.each([
    ['ORDER BY', `SELECT c0, c1 FROM ${scan} ORDER BY c0`],
    [
      'a window',
      `SELECT c0, first_value(c1) OVER (PARTITION BY c0 ORDER BY _heapload_row) FROM ${scan} ORDER BY c0`,
    ],
    ['a join', `SELECT a.c0, b.c1 FROM ${scan} a JOIN ${scan} b USING (_heapload_row) ORDER BY a.c0`],
    ['an aggregate', `SELECT c0, max(c1) FROM ${scan} GROUP BY c0 ORDER BY c0`],
    ['list', `SELECT unnest(list(c0 ORDER BY c0)), unnest(list(c1 ORDER BY c0)) FROM ${scan}`],
  ])('%s', async (_, sql) => {
    expect(await query(sql)).toEqual(all);
  });

  it('string_agg', async () => {
    const [[found] = []] = await query(`SELECT string_agg(c1, '|' ORDER BY c0) FROM ${scan}`);
    expect(found).toBe(all.flatMap(([, one]) => one ?? []).join('|'));
  });

  it('a table', async () => {
    await connection.run(`CREATE TABLE t AS SELECT c0, c1 FROM ${scan}`);
    expect(await query('SELECT * FROM t ORDER BY c0')).toEqual(all);
  });
});

/** Fills vectors of one chunk again and again and appends them, as the narrow staging table is filled. */
class Appending {
  readonly #chunk: DuckDBDataChunk;
  readonly #batch: Batch;
  #next = 0;

  constructor(type: LogicalType) {
    this.#batch = new Batch([type]);
    this.#chunk = new DuckDBDataChunk(duckdb.create_data_chunk([INT64, type].map(logicalType)));
  }

  fill(values: readonly Value[]): DuckDBDataChunk {
    const { place, columns } = this.#batch;
    this.#batch.clear();
    this.#batch.rows = values.length;
    values.forEach((value, row) => {
      place.set(row, BigInt(this.#next + row));
      columns[0]?.set(row, value);
    });
    this.#next += values.length;
    this.#chunk.reset();
    this.#chunk.rowCount = values.length;
    [place, ...columns].forEach((column, n) => {
      fillVector(duckdb.data_chunk_get_vector(this.#chunk.chunk, n), column, this.#batch);
    });
    return this.#chunk;
  }
}

/**
 * What is in a table, in the order appended, which the table itself need not keep. Texts come as bytes, since the client
 * drops a byte order mark from a text.
 */
async function appended(type: 'VARCHAR' | 'BLOB', batches: readonly (readonly Value[])[]) {
  await connection.run(`CREATE TABLE t (n BIGINT, v ${type})`);
  const appender = await connection.createAppender('t');
  const appending = new Appending({ kind: type === 'BLOB' ? 'bytes' : 'string' });
  for (const values of batches) appender.appendDataChunk(appending.fill(values));
  appender.closeSync();
  return await query(`SELECT ${type === 'BLOB' ? 'v' : 'encode(v)'} FROM t ORDER BY n`);
}

describe('the appender', () => {
  it('takes chunks filled again, without what was NULL or there before', async () => {
    const long = 'l'.repeat(50);
    const batches: Value[][] = [
      Array.from({ length: BATCH_ROWS }, (_, n) => `${n} ${long}`),
      Array.from({ length: BATCH_ROWS }, (_, n) => (n % 2 === 0 ? null : `${n}`)),
      [null],
      Array.from({ length: BATCH_ROWS }, () => 'x'),
      Array.from({ length: 9 }, (_, n) => (n === 8 ? null : long)),
      Array.from({ length: 8 }, () => null),
      ['', 'twelve bytes', 'thirteen byte'],
    ];
    expectSame(
      await appended('VARCHAR', batches),
      batches.flat().map((value) => [value]),
    );
  });

  it('takes heaps of many megabytes', async () => {
    const text = (n: number): string => `${n}`.padEnd(1000 + (n % 1000), 'é');
    const batches = [0, 1, 2].map((part) =>
      Array.from({ length: BATCH_ROWS }, (_, n) => text(10_000 + part * BATCH_ROWS + n)),
    );
    expectSame(
      await appended('VARCHAR', batches),
      batches.flat().map((value) => [value]),
    );
  });

  it('takes bytes that are no text', async () => {
    const bytes = Array.from({ length: 40 }, (_, n) => new Uint8Array(n).fill(0xff - n));
    expectSame(
      await appended('BLOB', [bytes]),
      bytes.map((value) => [value]),
    );
  });
});

describe('the layout of DuckDB', () => {
  it('has chunks of as many rows as a batch', () => {
    expect(duckdb.vector_size()).toBe(BATCH_ROWS);
  });

  it('has texts as length and twelve bytes, or length, four bytes and a pointer into memory', () => {
    const texts = ['', 'é', 'twelve bytes', 'thirteen byte', 'a longer text than that'];
    const chunk = duckdb.create_data_chunk([logicalType({ kind: 'string' })]);
    const vector = duckdb.data_chunk_get_vector(chunk, 0);
    for (const [row, one] of texts.entries()) duckdb.vector_assign_string_element(vector, row, one);
    const theirs = Buffer.from(duckdb.vector_get_data(vector, 5 * 16));
    const batch = new Batch([{ kind: 'string' }]);
    const decoder = new RowDecoder(batch, parseSchema(JSON.stringify(recordOf('string'))), batch.columns);
    decoder.start(Buffer.concat(texts.map((one) => text(one))));
    expect(decoder.read(0, 5)).toBe(5);
    const ours = Buffer.from(batch.columns[0]?.data(5) ?? []);
    expect(theirs.subarray(0, 48)).toEqual(ours.subarray(0, 48));
    for (const entry of [48, 64]) {
      expect(theirs.subarray(entry, entry + 8)).toEqual(ours.subarray(entry, entry + 8));
      expect(theirs.readBigUInt64LE(entry + 8)).toBeGreaterThan(4096n);
    }
  });
});
