import type { HeaploadError } from '../errors.js';
import { Cursor } from './cursor.js';
import { type ContainerHeader, SYNC_BYTES, parseContainerHeader } from './header.js';
import { EndsEarly, Malformed, avroInvalid } from './problem.js';

/** A file, seen from where its reader stands. */
export interface Window {
  /** Offset in the file of the next byte. */
  readonly position: number;
  /** Bytes from there on that are at hand. */
  readonly available: number;
  /** What is at hand, up to `length` bytes, without taking it. */
  peek(length: number): Uint8Array;
  /** Takes bytes that are at hand; a view, which holds until the next call. */
  take(length: number): Uint8Array;
}

/**
 * The rules of a container, whoever brings the bytes: they ask for so many to be at hand, and are answered whether the
 * file has them. Damage is `AVRO_INVALID` with the byte of the file; where it is too short that byte is its end.
 */
export type Steps<T> = Generator<number, T, boolean>;

export interface FrameOptions {
  /** For errors. */
  readonly file: string;
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
const LONGEST_NUMBER = 10;
const FIRST_BYTES = 4096;

/** The header; the window then stands in front of the first block. */
export function* headerSteps(window: Window, { file }: FrameOptions): Steps<ContainerHeader> {
  for (let wanted = FIRST_BYTES; ; wanted *= 2) {
    const complete = !(yield wanted);
    const header = parseContainerHeader(window.peek(wanted), { complete, file });
    if (header === undefined) continue;
    window.take(header.length);
    return header;
  }
}

/** The head of the next block, undefined at the end of the file; the window then stands in front of the data. */
export function* headSteps(window: Window, options: FrameOptions): Steps<BlockHead | undefined> {
  if (!(yield 1)) return undefined;
  const { file, maxBlockBytes = MAX_BLOCK_BYTES } = options;
  const offset = window.position;
  const rows = yield* numberSteps(window, file, offset, 'number of rows');
  if (rows < 0n || rows > BigInt(Number.MAX_SAFE_INTEGER))
    throw avroInvalid(file, offset, `What starts here is not a block: it declares ${rows} rows.`);
  const sizeOffset = window.position;
  const size = yield* numberSteps(window, file, offset, 'size');
  if (size < 0n)
    throw avroInvalid(file, sizeOffset, `The block at byte ${offset} declares a size of ${size} bytes.`);
  if (size > BigInt(maxBlockBytes)) throw tooLarge(file, offset, sizeOffset, size, maxBlockBytes);
  return { rows: Number(rows), size: Number(size), offset };
}

/** The data of a block, still compressed; the window then stands behind its sync marker. */
export function* dataSteps(
  window: Window,
  head: BlockHead,
  sync: Uint8Array,
  { file }: FrameOptions,
): Steps<Uint8Array> {
  const { size, offset } = head;
  if (!(yield size + SYNC_BYTES))
    throw cutOff(window, file, offset, window.available < size ? 'data' : 'sync marker');
  const taken = window.take(size + SYNC_BYTES);
  checkSync(taken.subarray(size), sync, { file, offset, at: window.position - SYNC_BYTES });
  return taken.subarray(0, size);
}

/** As {@link dataSteps} in a window that can step over bytes: they are not looked at, the sync marker is. */
export function* skipSteps(
  window: Window & { skip(length: number): void },
  { size, offset }: BlockHead,
  sync: Uint8Array,
  { file }: FrameOptions,
): Steps<undefined> {
  if (window.available < size) throw cutOff(window, file, offset, 'data');
  window.skip(size);
  if (!(yield SYNC_BYTES)) throw cutOff(window, file, offset, 'sync marker');
  checkSync(window.take(SYNC_BYTES), sync, { file, offset, at: window.position - SYNC_BYTES });
  return undefined;
}

function* numberSteps(window: Window, file: string, offset: number, what: string): Steps<bigint> {
  yield LONGEST_NUMBER;
  const cursor = new Cursor(window.peek(LONGEST_NUMBER));
  try {
    const value = cursor.long();
    window.take(cursor.position);
    return value;
  } catch (error) {
    if (error instanceof EndsEarly) throw cutOff(window, file, offset, what);
    if (!(error instanceof Malformed)) throw error;
    throw avroInvalid(file, window.position, `The ${what} of the block at byte ${offset} is not a number.`);
  }
}

function checkSync(
  found: Uint8Array,
  sync: Uint8Array,
  { file, offset, at }: { readonly file: string; readonly offset: number; readonly at: number },
): void {
  if (found.every((byte, place) => byte === sync[place])) return;
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
