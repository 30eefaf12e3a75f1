import { avroFile } from '../../scripts/support/avro-writer.js';
import { EVENT_FIELDS, blocked, event, eventFile, held, record } from './objects.js';
import { BUCKET, type ServedBucket, type ServedObject } from './server.js';

export interface History {
  readonly dumps: number;
  readonly tables: number;
  /** Files of each table in each dump. */
  readonly files: number;
  /** Whether a table comes in full in a dump. */
  readonly full: (dump: number, table: number) => boolean;
}

const ROWS_PER_FILE = 3;

/** Years of dumps; a manifest and a part file are made when they are asked for. */
export function historyBucket(history: History): ServedBucket {
  const manifests = Array.from({ length: history.dumps }, (_, n) => `manifests/sync_${n + 1}.json`).sort();
  return {
    keys: (prefix) => manifests.filter((key) => key.startsWith(prefix)),
    object(key) {
      const dump = /^manifests\/sync_(\d+)\.json$/.exec(key)?.[1];
      if (dump !== undefined) return held(manifest(Number(dump), history));
      const [, ofDump, table, part] = /^sync_(\d+)\/event_(\d+)\/part-(\d+)-/.exec(key) ?? [];
      if (ofDump === undefined) return undefined;
      return held(
        eventFile(
          ((Number(ofDump) * 1000 + Number(table)) * 100 + Number(part)) * ROWS_PER_FILE,
          ROWS_PER_FILE,
        ),
      );
    },
  };
}

function manifest(dump: number, { tables, files, full }: History): Buffer {
  const list = Array.from({ length: tables }, (_, table) => ({
    name: `event_${table}`,
    files: Array.from(
      { length: files },
      (_file, part) => `s3://${BUCKET}/sync_${dump}/event_${table}/${partName(dump, part)}`,
    ),
    columns: Object.keys(EVENT_FIELDS),
    incremental: !full(dump, table),
  }));
  return Buffer.from(JSON.stringify({ dump_id: dump, tables: list }));
}

function partName(dump: number, part: number): string {
  const place = String(part).padStart(5, '0');
  return `part-${place}-${(dump * 7_368_787).toString(16).padStart(8, '0')}-4d6a-4c2e-9f0b-0123456789ab-c000.avro`;
}

/** One dump of one table in very many files. */
export function wideBucket(files: number, rowsPerFile: number): ServedBucket {
  const folder = 'sync_1/pageviews/';
  const names = Array.from({ length: files }, (_, part) => folder + partName(1, part));
  const body = held(
    Buffer.from(
      JSON.stringify({
        dump_id: 1,
        tables: [
          {
            name: 'pageviews',
            files: names.map((key) => `s3://${BUCKET}/${key}`),
            columns: Object.keys(EVENT_FIELDS),
            incremental: true,
          },
        ],
      }),
    ),
  );
  return {
    keys: (prefix) => ['manifests/sync_1.json', ...names].filter((key) => key.startsWith(prefix)),
    object(key) {
      if (key === 'manifests/sync_1.json') return body;
      const part = /part-(\d+)-/.exec(key)?.[1];
      return part === undefined ? undefined : held(eventFile(Number(part) * rowsPerFile, rowsPerFile));
    },
  };
}

/** One dump of one table in files of at least so many bytes. */
export function tallBucket(bytes: number, count = 1): ServedBucket {
  const files = new Map(
    Array.from({ length: count }, (_, n) => [`sync_1/pageviews/part-0000${n}.avro`, tallFile(bytes, n)]),
  );
  const list = {
    name: 'pageviews',
    files: [...files.keys()].map((key) => `s3://${BUCKET}/${key}`),
    columns: Object.keys(EVENT_FIELDS),
    incremental: true,
  };
  const described = held(Buffer.from(JSON.stringify({ dump_id: 1, tables: [list] })));
  return {
    keys: (prefix) => ['manifests/sync_1.json', ...files.keys()].filter((key) => key.startsWith(prefix)),
    object: (key) => (key === 'manifests/sync_1.json' ? described : files.get(key)),
  };
}

/** Rows of one block of {@link tallFile}. */
export const TALL_BLOCK_ROWS = 4000;
/** Ids of five bytes each, whatever they are: far from the numbers where their length changes. */
const FIRST_ID = 2 ** 32;

/**
 * A file of uncompressed blocks that differ in the event ids alone: those are written into a copy of the first block.
 * All rows are distinct, and any part of the file can be made without what stands before it. `n`: its place among such
 * files, which share no row.
 */
function tallFile(bytes: number, n: number): ServedObject {
  const { head, block, places } = template();
  const blocks = Math.ceil((bytes - head.length) / block.length);
  return blocked(head, block.length, blocks, (index) => {
    const copy = Buffer.from(block);
    places.forEach((place, row) => {
      writeId(copy, place, FIRST_ID + (n * blocks + index) * TALL_BLOCK_ROWS + row);
    });
    return copy;
  });
}

interface Template {
  readonly head: Buffer;
  readonly block: Buffer;
  /** Where in the block the event id of each row stands. */
  readonly places: readonly number[];
}

function template(): Template {
  const rows = Array.from({ length: TALL_BLOCK_ROWS }, (_, n) => event(FIRST_ID + n));
  const content = { schema: record(EVENT_FIELDS), codec: 'null', rowsPerBlock: TALL_BLOCK_ROWS } as const;
  const headLength = avroFile({ ...content, rows: [] }).length;
  const whole = avroFile({ ...content, rows });
  const block = whole.subarray(headLength);
  let from = 0;
  const places = rows.map((_, n) => {
    const place = block.indexOf(idBytes(FIRST_ID + n), from);
    if (place < 0) throw new Error(`row ${n} was not found in its block`);
    from = place + ID_BYTES;
    return place;
  });
  return { head: whole.subarray(0, headLength), block, places };
}

const ID_BYTES = 5;

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(ID_BYTES);
  writeId(bytes, 0, id);
  return bytes;
}

/** Zigzag, then seven bits a byte, lowest first. */
function writeId(target: Buffer, place: number, id: number): void {
  let rest = id * 2;
  for (let n = 0; n < ID_BYTES; n += 1) {
    target[place + n] = (rest % 128) + (n < ID_BYTES - 1 ? 128 : 0);
    rest = Math.floor(rest / 128);
  }
}
