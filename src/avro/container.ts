import type { HeaploadError } from '../errors.js';
import { ByteReader, throwIfInterrupted } from './byte-reader.js';
import { type UnpackOptions, unpack } from './codecs.js';
import { Cursor } from './cursor.js';
import { type ContainerHeader, parseContainerHeader } from './header.js';
import { EndsEarly, Malformed, avroInvalid } from './problem.js';
import type { ByteSource } from './types.js';

export interface ContainerOptions {
  /** For errors. */
  readonly file: string;
  readonly signal?: AbortSignal;
  /** Most bytes of one block, as they lie in the file and again when decompressed. Default 512 MiB. */
  readonly maxBlockBytes?: number;
}

/** A block of rows as it lies in the file. */
export interface PackedBlock {
  readonly rows: number;
  /** In the header's codec. */
  readonly packed: Uint8Array;
  /** Byte of the file where the block starts. */
  readonly offset: number;
}

export interface Block extends PackedBlock {
  /** Decompressed. */
  readonly bytes: Uint8Array;
}

/** A container whose header was read. */
export interface Container {
  readonly header: ContainerHeader;
  /** Once, in file order; one block is in memory at a time. */
  readonly blocks: AsyncGenerator<Block, void, undefined>;
  /** The same blocks, in place of `blocks`, for those who decompress them later. */
  readonly packed: AsyncGenerator<PackedBlock, void, undefined>;
  /** Closes the source; needed only when neither is iterated. */
  readonly close: () => Promise<void>;
}

const MAX_BLOCK_BYTES = 512 * 1024 * 1024;
const SYNC_BYTES = 16;
const LONGEST_NUMBER = 10;
const FIRST_BYTES = 4096;

/**
 * Opens an Avro object container file. Damage is `AVRO_INVALID` with the byte of the file, here or while iterating
 * `blocks`; where the file is too short that byte is its end. Errors of the source pass through. After an error the
 * source is closed.
 */
export async function openContainer(source: ByteSource, options: ContainerOptions): Promise<Container> {
  const reader = new ByteReader(source, options.signal);
  try {
    const header = await readHeader(reader, options.file);
    const packed = readBlocks(reader, header, options);
    return { header, blocks: unpackBlocks(packed, header, options), packed, close: () => reader.close() };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readHeader(reader: ByteReader, file: string): Promise<ContainerHeader> {
  for (let wanted = FIRST_BYTES; ; wanted *= 2) {
    const complete = !(await reader.fill(wanted));
    const header = parseContainerHeader(reader.peek(reader.available), { complete, file });
    if (header === undefined) continue;
    reader.take(header.length);
    return header;
  }
}

async function* readBlocks(
  reader: ByteReader,
  header: ContainerHeader,
  options: ContainerOptions,
): AsyncGenerator<PackedBlock, void, undefined> {
  try {
    while (await reader.fill(1)) {
      throwIfInterrupted(options.signal);
      yield await readBlock(reader, header, options);
    }
  } finally {
    await reader.close();
  }
}

async function* unpackBlocks(
  blocks: AsyncGenerator<PackedBlock, void, undefined>,
  { codec }: ContainerHeader,
  { file, maxBlockBytes: limit = MAX_BLOCK_BYTES }: ContainerOptions,
): AsyncGenerator<Block, void, undefined> {
  for await (const block of blocks) {
    const { offset } = block;
    yield { ...block, bytes: unpackBlock(block, codec, { file, offset, limit }) };
  }
}

async function readBlock(
  reader: ByteReader,
  header: ContainerHeader,
  options: ContainerOptions,
): Promise<PackedBlock> {
  const { file, maxBlockBytes = MAX_BLOCK_BYTES } = options;
  const offset = reader.position;
  const rows = await readNumber(reader, file, offset, 'number of rows');
  if (rows < 0n || rows > BigInt(Number.MAX_SAFE_INTEGER))
    throw avroInvalid(file, offset, `What starts here is not a block: it declares ${rows} rows.`);
  const sizeOffset = reader.position;
  const size = await readNumber(reader, file, offset, 'size');
  if (size < 0n)
    throw avroInvalid(file, sizeOffset, `The block at byte ${offset} declares a size of ${size} bytes.`);
  if (size > BigInt(maxBlockBytes)) throw tooLarge(file, offset, sizeOffset, size, maxBlockBytes);
  const packed = await take(reader, Number(size), file, offset, 'data');
  const syncOffset = reader.position;
  const sync = await take(reader, SYNC_BYTES, file, offset, 'sync marker');
  if (!sync.every((byte, place) => byte === header.sync[place]))
    throw avroInvalid(
      file,
      syncOffset,
      `The block at byte ${offset} does not end with the file's sync marker.`,
    );
  return { rows: Number(rows), packed, offset };
}

async function readNumber(reader: ByteReader, file: string, offset: number, what: string): Promise<bigint> {
  await reader.fill(LONGEST_NUMBER);
  const cursor = new Cursor(reader.peek(LONGEST_NUMBER));
  try {
    const value = cursor.long();
    reader.take(cursor.position);
    return value;
  } catch (error) {
    if (error instanceof EndsEarly) throw cutOff(reader, file, offset, what);
    if (!(error instanceof Malformed)) throw error;
    throw avroInvalid(file, reader.position, `The ${what} of the block at byte ${offset} is not a number.`);
  }
}

async function take(
  reader: ByteReader,
  length: number,
  file: string,
  offset: number,
  what: string,
): Promise<Uint8Array> {
  if (!(await reader.fill(length))) throw cutOff(reader, file, offset, what);
  return reader.take(length);
}

function cutOff(reader: ByteReader, file: string, offset: number, what: string): HeaploadError {
  const end = reader.position + reader.available;
  return avroInvalid(file, end, `The file ends inside the ${what} of the block at byte ${offset}.`);
}

function tooLarge(file: string, offset: number, at: number, size: bigint, limit: number): HeaploadError {
  return avroInvalid(
    file,
    at,
    `The block at byte ${offset} declares ${size} bytes, more than the limit of ${limit}.`,
  );
}

/**
 * The bytes of a block as they were before compression; damage is `AVRO_INVALID` at the block's byte of the file. A
 * block of no rows and no bytes is let pass in every codec.
 */
export function unpackBlock(
  { rows, packed }: Pick<Block, 'rows' | 'packed'>,
  codec: string,
  given: { readonly file: string; readonly offset: number } & Partial<UnpackOptions>,
): Uint8Array {
  const { file, offset, limit = MAX_BLOCK_BYTES, isChecked = false } = given;
  if (rows === 0 && packed.length === 0) return packed;
  try {
    return unpack(codec, packed, { limit, isChecked });
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw avroInvalid(file, offset, `The block at byte ${offset} cannot be decompressed: ${error.message}.`);
  }
}
