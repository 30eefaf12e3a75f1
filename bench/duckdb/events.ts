import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { compressSync } from 'snappy';

/** Rows like those of an event table of Heap, written fast: the same arguments give the same bytes. */
export interface EventFile {
  /** File to write. */
  readonly file: string;
  readonly rows: number;
  /** Id of the first row; ids count up from there. */
  readonly firstId: number;
  /** Every so many rows, a row of an id that came before; 0: never. */
  readonly redeliverEvery: number;
  /** Columns, the three ids and `time` among them. */
  readonly columns: number;
  readonly codec: 'null' | 'deflate' | 'snappy';
}

/** Bytes of a block before it is compressed, about. */
const BLOCK = 64 * 1024;
const VERSIONS = 40;

const KNOWN =
  'library platform device_type country region city ip referrer landing_page browser search_keyword utm_source utm_campaign utm_medium utm_term utm_content path query hash title href device carrier app_name app_version action_method view_controller target_text'.split(
    ' ',
  );

export function columnNames(columns: number): readonly string[] {
  const texts = Array.from({ length: columns - 4 }, (_, n) => KNOWN[n] ?? `property_${n}`);
  return ['event_id', 'user_id', 'session_id', 'time', ...texts];
}

/** The header's schema: nullable fields, as Heap writes them. */
export function eventSchema(columns: number): object {
  const fields = columnNames(columns).map((name, n) => ({ name, type: ['null', n < 3 ? 'long' : 'string'] }));
  return { type: 'record', name: 'topLevelRecord', fields };
}

/** Writes the file; gives its bytes before compression. */
export function writeEvents(spec: EventFile): number {
  mkdirSync(path.dirname(spec.file), { recursive: true });
  const handle = openSync(spec.file, 'w');
  const sync = createHash('md5')
    .update(spec.file.split('/').at(-1) ?? '')
    .digest();
  writeSync(handle, header(spec, sync));
  const pools = poolsOf(spec.columns);
  const block = Buffer.allocUnsafe(BLOCK * 4);
  let length = 0;
  let rows = 0;
  let raw = 0;
  const flush = (): void => {
    if (rows === 0) return;
    const packed = pack(block.subarray(0, length), spec.codec);
    writeSync(handle, Buffer.concat([varint(rows), varint(packed.length), packed, sync]));
    raw += length;
    length = 0;
    rows = 0;
  };
  for (let n = 0; n < spec.rows; n += 1) {
    const again = spec.redeliverEvery > 0 && n % spec.redeliverEvery === spec.redeliverEvery - 1;
    const id = spec.firstId + (again ? Math.floor(n / 2) : n);
    length = writeRow(block, length, id, n, pools);
    rows += 1;
    if (length >= BLOCK) flush();
  }
  flush();
  closeSync(handle);
  return raw;
}

type Pool = readonly (Buffer | undefined)[];

/** For each text column values with their branch and length in front; undefined: NULL. */
function poolsOf(columns: number): readonly Pool[] {
  return Array.from({ length: columns - 4 }, (_, column) => {
    const nullable = column % 5 !== 0;
    return Array.from({ length: VERSIONS }, (_value, version) => {
      if (nullable && (version * 7 + column) % 10 < 6) return undefined;
      const length = column % 3 === 0 ? 6 + (version % 5) : 12 + ((version * 13 + column * 7) % 30);
      const digest = createHash('sha256').update(`${column} ${version}`).digest('hex');
      return entry(`${KNOWN[column % KNOWN.length] ?? ''}-${digest}`.slice(0, length));
    });
  });
}

function entry(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([2]), varint(bytes.length), bytes]);
}

function writeRow(block: Buffer, start: number, id: number, n: number, pools: readonly Pool[]): number {
  let at = writeLong(block, start, id);
  at = writeLong(block, at, 1_000_000_000_000 + ((id * 7919) % 1_000_003));
  at = writeLong(block, at, 4_000_000_000_000 + Math.floor(id / 10));
  at += entry(new Date(Date.UTC(2026, 0, 1) + id * 100).toISOString().replace('T', ' ').slice(0, 23)).copy(
    block,
    at,
  );
  let random = (Math.imul(id, 2654435761) ^ n) >>> 0;
  for (const pool of pools) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const value = pool[(random >>> 16) % VERSIONS];
    if (value === undefined) block[at++] = 0;
    else at += value.copy(block, at);
  }
  return at;
}

/** A long that is there: the branch, then zigzag in groups of seven bits. */
function writeLong(block: Buffer, start: number, value: number): number {
  let at = start;
  block[at++] = 2;
  let rest = value * 2;
  while (rest >= 128) {
    block[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  block[at++] = rest;
  return at;
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(10);
  return bytes.subarray(0, writeLong(bytes, 0, value)).subarray(1);
}

function pack(bytes: Buffer, codec: EventFile['codec']): Buffer {
  if (codec === 'null') return bytes;
  if (codec === 'deflate') return deflateRawSync(bytes, { level: 1 });
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([compressSync(bytes), checksum]);
}

function header({ columns, codec }: EventFile, sync: Buffer): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([varint(bytes.length), bytes]);
  };
  return Buffer.concat([
    Buffer.from([0x4f, 0x62, 0x6a, 1]),
    varint(2),
    text('avro.codec'),
    text(codec),
    text('avro.schema'),
    text(JSON.stringify(eventSchema(columns))),
    Buffer.from([0]),
    sync,
  ]);
}
