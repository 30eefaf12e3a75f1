import type { HeaploadError } from '../errors.js';
import { Cursor } from './cursor.js';
import { type ContainerHeader, SYNC_BYTES, parseContainerHeader } from './header.js';
import type { KnownSchemas } from './known-schemas.js';
import { EndsEarly, Malformed, avroInvalid } from './problem.js';

/** A file, seen from where its reader stands. */
export interface Window {
  /** Offset in the file of the next byte. */
  readonly position: number;
  /** Bytes from there on that are at hand. */
  readonly available: number;
  /** The file has no others behind them. */
  readonly ended: boolean;
  /** What is at hand, up to `length` bytes, without taking it; a view, which holds until the next call. */
  peek(length: number): Uint8Array;
  /** Goes on by so many bytes, which are at hand. */
  advance(length: number): void;
}

/**
 * The rules of a container, whoever brings the bytes. A rule that needs more of them than are at hand says so and has
 * done nothing: it is asked again when they are there, or when the file has no more. Damage is `AVRO_INVALID` with the byte
 * of the file; where it is too short that byte is its end.
 */
export type Step<T> = T | Wanted;

/** So many bytes, from where the window stands. */
export class Wanted {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

export interface FrameOptions {
  /** For errors. */
  readonly file: string;
  /** Of other files of the same load. */
  readonly schemas?: KnownSchemas;
  /** Most bytes of one block, as they lie in the file and again when decompressed. Default 512 MiB. */
  readonly maxBlockBytes?: number;
}

/** What stands before the data of a block. */
export interface BlockHead {
  readonly rows: number;
  /** Bytes of its data. */
  readonly size: number;
  /** Byte of the file where the block starts. */
  readonly offset: number;
}

export const MAX_BLOCK_BYTES = 512 * 1024 * 1024;
/** Two numbers of ten bytes at most. */
const LONGEST_HEAD = 20;
const FIRST_BYTES = 4096;

/** The header; the window then stands in front of the first block. */
export function readHeader(window: Window, { file, schemas }: FrameOptions): Step<ContainerHeader> {
  for (let wanted = FIRST_BYTES; ; wanted *= 2) {
    const complete = window.available < wanted;
    if (complete && !window.ended) return new Wanted(wanted);
    const header = parseContainerHeader(window.peek(wanted), { complete, file, schemas });
    if (header === undefined) continue;
    window.advance(header.length);
    return header;
  }
}

/** The head of the next block, undefined at the end of the file; the window then stands in front of the data. */
export function readHead(window: Window, options: FrameOptions): Step<BlockHead | undefined> {
  if (window.available < LONGEST_HEAD && !window.ended) return new Wanted(LONGEST_HEAD);
  if (window.available === 0) return undefined;
  const { file, maxBlockBytes = MAX_BLOCK_BYTES } = options;
  const offset = window.position;
  const cursor = new Cursor(window.peek(LONGEST_HEAD));
  const rows = numberOf(cursor, 'number of rows', window, file);
  if (rows < 0n || rows > BigInt(Number.MAX_SAFE_INTEGER))
    throw avroInvalid(file, offset, `What starts here is not a block: it declares ${rows} rows.`);
  const sizeOffset = offset + cursor.position;
  const size = numberOf(cursor, 'size', window, file);
  if (size < 0n)
    throw avroInvalid(file, sizeOffset, `The block at byte ${offset} declares a size of ${size} bytes.`);
  if (size > BigInt(maxBlockBytes)) throw tooLarge(file, offset, sizeOffset, size, maxBlockBytes);
  window.advance(cursor.position);
  return { rows: Number(rows), size: Number(size), offset };
}

/** The data of a block, still compressed; the window then stands behind its sync marker. */
export function readData(
  window: Window,
  head: BlockHead,
  sync: Uint8Array,
  { file }: FrameOptions,
): Step<Uint8Array> {
  const wanted = missing(window, head, file);
  if (wanted !== undefined) return wanted;
  const { size, offset } = head;
  const bytes = window.peek(size + SYNC_BYTES);
  window.advance(size + SYNC_BYTES);
  checkSync(bytes.subarray(size), sync, { file, offset, at: window.position - SYNC_BYTES });
  return bytes.subarray(0, size);
}

/** As {@link readData}, but the data is not looked at, the sync marker is. */
export function skipData(
  window: Window,
  head: BlockHead,
  sync: Uint8Array,
  { file }: FrameOptions,
): Step<undefined> {
  const wanted = missing(window, head, file);
  if (wanted !== undefined) return wanted;
  window.advance(head.size);
  const bytes = window.peek(SYNC_BYTES);
  window.advance(SYNC_BYTES);
  checkSync(bytes, sync, { file, offset: head.offset, at: window.position - SYNC_BYTES });
  return undefined;
}

/** What is wanted before data and sync marker are at hand. Throws when the file ends before them. */
function missing(window: Window, { size, offset }: BlockHead, file: string): Wanted | undefined {
  const length = size + SYNC_BYTES;
  if (window.available >= length) return undefined;
  if (!window.ended) return new Wanted(length);
  throw cutOff(window, file, offset, window.available < size ? 'data' : 'sync marker');
}

/** The number at the cursor, of the head that begins at the window. */
function numberOf(cursor: Cursor, what: string, window: Window, file: string): bigint {
  const offset = window.position;
  try {
    return cursor.long();
  } catch (error) {
    if (error instanceof EndsEarly) throw cutOff(window, file, offset, what);
    if (!(error instanceof Malformed)) throw error;
    const message = `The ${what} of the block at byte ${offset} is not a number.`;
    throw avroInvalid(file, offset + cursor.position, message);
  }
}

function checkSync(
  found: Uint8Array,
  sync: Uint8Array,
  { file, offset, at }: { readonly file: string; readonly offset: number; readonly at: number },
): void {
  if (Buffer.compare(found, sync) === 0) return;
  throw avroInvalid(file, at, `The block at byte ${offset} does not end with the file's sync marker.`);
}

function cutOff(window: Window, file: string, offset: number, what: string): HeaploadError {
  const end = window.position + window.available;
  return avroInvalid(file, end, `The file ends inside the ${what} of the block at byte ${offset}.`);
}

function tooLarge(file: string, offset: number, at: number, size: bigint, limit: number): HeaploadError {
  const message = `The block at byte ${offset} declares ${size} bytes, more than the limit of ${limit}.`;
  return avroInvalid(file, at, message);
}
