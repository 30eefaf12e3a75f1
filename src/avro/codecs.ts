import { constants, inflateRawSync } from 'node:zlib';
import { crc32 } from '@node-rs/crc32';
import { uncompressSync } from 'snappy';
import { Malformed, avroInvalid } from './problem.js';
import { unpackZstandard } from './zstandard.js';

export interface UnpackOptions {
  /** Most bytes it may have when decompressed. */
  readonly limit: number;
  /** True: the block was unpacked before, so that its checksum need not be made again. */
  readonly isChecked?: boolean;
}

/** Throws {@link Malformed}. */
type Unpack = (packed: Uint8Array, options: UnpackOptions) => Uint8Array;

const CODECS: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['null', (packed) => packed],
  ['deflate', unpackDeflate],
  ['snappy', unpackSnappy],
  ['zstandard', (packed, { limit }) => unpackZstandard(packed, limit)],
]);
const KNOWN_BUT_UNSUPPORTED: ReadonlySet<string> = new Set(['bzip2', 'xz']);
const CODEC_HINT = `Ask for the files in one of the codecs heapload reads: ${[...CODECS.keys()].join(', ')}.`;

/** Throws `AVRO_INVALID` at `offset` when blocks of the codec cannot be read. */
export function checkCodec(codec: string, file: string, offset: number): void {
  if (CODECS.has(codec)) return;
  const message = KNOWN_BUT_UNSUPPORTED.has(codec)
    ? `The file is compressed with ${codec}, which heapload does not support.`
    : `The file is compressed with an unknown codec, ${JSON.stringify(codec)}.`;
  throw avroInvalid(file, offset, message, { hint: CODEC_HINT });
}

/** The bytes of a block as they were before compression. Throws {@link Malformed}, also when they are too many. */
export function unpack(codec: string, packed: Uint8Array, options: UnpackOptions): Uint8Array {
  const unpackBlock = CODECS.get(codec);
  if (unpackBlock === undefined) throw new Malformed(`the codec ${codec} is not supported`);
  return unpackBlock(packed, options);
}

/** Bytes after the end of the deflate stream are let pass: Apache's Python writer leaves part of a checksum there. */
function unpackDeflate(packed: Uint8Array, { limit }: UnpackOptions): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: limit, finishFlush: constants.Z_FINISH });
  } catch (error) {
    if (isTooLarge(error)) throw tooLarge(limit);
    throw new Malformed(`its deflate data is damaged (${text(error)})`);
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

function tooLarge(limit: number): Malformed {
  return new Malformed(`it has more than ${limit} bytes when decompressed`);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const CRC_BYTES = 4;
/** No element of snappy makes more than 64 bytes out of 3. */
const SNAPPY_MOST_TIMES = 22;

function unpackSnappy(packed: Uint8Array, { limit, isChecked = false }: UnpackOptions): Uint8Array {
  const end = packed.length - CRC_BYTES;
  if (end < 1) throw new Malformed(`its ${packed.length} bytes are too few for snappy data and a checksum`);
  const body = packed.subarray(0, end);
  const length = snappyLength(body);
  if (length > limit)
    throw new Malformed(`it declares ${length} bytes when decompressed, more than ${limit}`);
  if (length > body.length * SNAPPY_MOST_TIMES)
    throw new Malformed(`it declares ${length} bytes when decompressed, more than ${body.length} can hold`);
  const bytes = uncompress(body);
  if (isChecked) return bytes;
  const expected = new DataView(packed.buffer, packed.byteOffset + end, CRC_BYTES).getUint32(0);
  if (crc32(bytes) !== expected) throw new Malformed('its checksum (CRC32) is wrong');
  return bytes;
}

function uncompress(body: Uint8Array): Uint8Array {
  try {
    return uncompressSync(body, { asBuffer: true, copyOutputData: true }) as Buffer;
  } catch (error) {
    throw new Malformed(`its snappy data is damaged (${text(error)})`);
  }
}

/** The length that snappy data declares: a little-endian varint of up to 32 bits. */
function snappyLength(body: Uint8Array): number {
  let length = 0;
  for (let n = 0; n < 5; n += 1) {
    const byte = body[n];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 128 ** n;
    if (byte < 0x80 && length < 2 ** 32) return length;
  }
  throw new Malformed('its snappy data is damaged (the length is not valid)');
}
