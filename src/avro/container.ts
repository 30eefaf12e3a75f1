import { ByteReader, throwIfInterrupted } from './byte-reader.js';
import { type UnpackOptions, unpack } from './codecs.js';
import {
  type FrameOptions,
  MAX_BLOCK_BYTES,
  type Step,
  Wanted,
  readData,
  readHead,
  readHeader,
} from './frames.js';
import type { ContainerHeader } from './header.js';
import { Malformed, avroInvalid } from './problem.js';
import type { ByteSource } from './types.js';

export interface ContainerOptions extends FrameOptions {
  readonly signal?: AbortSignal;
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
  /** Closes the source; needed only when they are not iterated. */
  readonly close: () => Promise<void>;
}

/**
 * Opens an Avro object container file. Damage is `AVRO_INVALID` with the byte of the file, here or while iterating
 * `blocks`; where the file is too short that byte is its end. Errors of the source pass through. After an error the
 * source is closed.
 */
export async function openContainer(source: ByteSource, options: ContainerOptions): Promise<Container> {
  const reader = new ByteReader(source, options.signal);
  try {
    const header = await arriving(reader, () => readHeader(reader, options));
    const packed = readBlocks(reader, header, options);
    return { header, blocks: unpackBlocks(packed, header, options), close: () => reader.close() };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** What a rule of the container gives as soon as the bytes are there that it needs. */
async function arriving<T>(reader: ByteReader, rule: () => Step<T>): Promise<T> {
  for (;;) {
    const step = rule();
    if (!(step instanceof Wanted)) return step;
    await reader.fill(step.bytes);
  }
}

async function* readBlocks(
  reader: ByteReader,
  header: ContainerHeader,
  options: ContainerOptions,
): AsyncGenerator<PackedBlock, void, undefined> {
  try {
    for (;;) {
      const head = await arriving(reader, () => readHead(reader, options));
      if (head === undefined) return;
      throwIfInterrupted(options.signal);
      const packed = await arriving(reader, () => readData(reader, head, header.sync, options));
      yield { rows: head.rows, packed, offset: head.offset };
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
  for await (const block of blocks) yield unpackBlock(block, codec, { file, limit });
}

/**
 * A block with its bytes as they were before compression; damage is `AVRO_INVALID` at the block's byte of the file. A
 * block of no rows and no bytes is let pass in every codec.
 */
export function unpackBlock(
  block: PackedBlock,
  codec: string,
  { file, limit = MAX_BLOCK_BYTES, isChecked = false }: { readonly file: string } & Partial<UnpackOptions>,
): Block {
  const { rows, packed, offset } = block;
  if (rows === 0 && packed.length === 0) return { ...block, bytes: packed };
  try {
    return { ...block, bytes: unpack(codec, packed, { limit, isChecked }) };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw avroInvalid(file, offset, `The block at byte ${offset} cannot be decompressed: ${error.message}.`);
  }
}
