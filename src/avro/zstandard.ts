import * as zlib from 'node:zlib';
import { decompress } from 'fzstd';
import { Malformed } from './problem.js';

/** In Node from 22.15 on; the types are of an older one. */
type NodeZstandard = (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;
const nodeZstandard = (zlib as { readonly zstdDecompressSync?: NodeZstandard }).zstdDecompressSync;

const FRAME_MAGIC = 0xfd2fb528;
/** 16 values of magic mark bytes to skip. */
const SKIP_MAGIC = 0x184d2a5;
const BLOCK_MAX = 128 * 1024;
/** What every decoder has to support; fzstd spends time by the window's size on every block. */
const WINDOW_MAX = 8 * 1024 * 1024;

interface Frame {
  /** First byte. */
  readonly start: number;
  /** First byte behind it. */
  readonly end: number;
  /** Bytes of content, as the header declares; undefined when it does not. */
  readonly content: number | undefined;
  /** Bytes of history the decoder has to keep. */
  readonly window: number;
  /** More bytes than the frame's blocks can hold are not possible. */
  readonly most: number;
}

/**
 * Zstandard frames, one after another. The frames are measured first, so that nothing is allocated on the word of
 * a header. Throws {@link Malformed}.
 */
export function unpackZstandard(packed: Uint8Array, limit: number): Uint8Array {
  const frames = [...framesOf(Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength))];
  const declared = frames.reduce((sum, frame) => sum + (frame.content ?? 0), 0);
  if (declared > limit)
    throw new Malformed(`it declares ${declared} bytes when decompressed, more than ${limit}`);
  for (const { content, most } of frames)
    if (content !== undefined && content > most)
      throw new Malformed(`it declares ${content} bytes when decompressed, more than its data can hold`);
  try {
    return joined(unpackFrames(packed, frames, limit));
  } catch (error) {
    if (error instanceof Malformed) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Malformed(`its zstandard data is damaged (${reason})`);
  }
}

/** Frame by frame: Node's decoder stops behind the first one without a word. */
function unpackFrames(packed: Uint8Array, frames: readonly Frame[], limit: number): readonly Uint8Array[] {
  let room = limit;
  return frames.map((frame) => {
    const bytes = packed.subarray(frame.start, frame.end);
    const part =
      nodeZstandard === undefined
        ? unpackWithFzstd(bytes, frame, room)
        : nodeZstandard(bytes, { maxOutputLength: Math.max(room, 1) });
    room -= part.length;
    return part;
  });
}

function unpackWithFzstd(bytes: Uint8Array, { content, most, window }: Frame, room: number): Uint8Array {
  if (content === undefined && most > room)
    throw new Malformed(`it may have more than ${room} bytes when decompressed`);
  // fzstd allocates the window also where the content is declared empty.
  if ((content ?? 0) === 0 && window > WINDOW_MAX)
    throw new Malformed(`its zstandard window of ${window} bytes needs Node 22.15 or later`);
  return decompress(bytes);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

function* framesOf(bytes: Buffer): Generator<Frame> {
  let at = 0;
  while (at < bytes.length) {
    const magic = need(bytes, at, 4).readUInt32LE(at);
    if (magic >>> 4 === SKIP_MAGIC) {
      at += 8 + need(bytes, at, 8).readUInt32LE(at + 4);
      need(bytes, at, 0);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw damaged('a frame does not start as one');
    const frame = { start: at, ...measureFrame(bytes, at + 4) };
    yield frame;
    at = frame.end;
  }
}

function measureFrame(bytes: Buffer, start: number): Omit<Frame, 'start'> {
  const flags = need(bytes, start, 1).readUInt8(start);
  const singleSegment = (flags & 0x20) !== 0;
  if ((flags & 0x08) !== 0) throw damaged('a reserved bit is set');
  if ((flags & 0x03) !== 0) throw new Malformed('its zstandard data needs a dictionary');
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >>> 6] ?? 0;
  const sizeAt = start + (singleSegment ? 1 : 2);
  need(bytes, sizeAt, sizeBytes);
  const content = sizeBytes === 0 ? undefined : contentSize(bytes, sizeAt, sizeBytes);
  const window = singleSegment ? (content ?? 0) : windowSize(bytes.readUInt8(start + 1));
  const { end, most } = measureBlocks(bytes, sizeAt + sizeBytes);
  const checksum = (flags & 0x04) === 0 ? 0 : 4;
  need(bytes, end, checksum);
  return { end: end + checksum, content, window, most };
}

function contentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

function measureBlocks(bytes: Buffer, start: number): { readonly end: number; readonly most: number } {
  let at = start;
  let most = 0;
  for (;;) {
    const header = need(bytes, at, 3).readUIntLE(at, 3);
    const kind = (header >>> 1) & 3;
    const size = header >>> 3;
    if (kind === 3 || size > BLOCK_MAX) throw damaged('a block has no valid header');
    // 1: one byte that is repeated; 2: compressed, of unknown length.
    at += 3 + (kind === 1 ? 1 : size);
    most += kind === 2 ? BLOCK_MAX : size;
    need(bytes, at, 0);
    if ((header & 1) === 1) return { end: at, most };
  }
}

function need(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw damaged('it is cut off');
  return bytes;
}

function damaged(reason: string): Malformed {
  return new Malformed(`its zstandard data is damaged (${reason})`);
}
