import { parseHeader } from '../../../../src/avro/header.js';
import {
  type RepackCodec,
  type RepackColumn,
  type RepackFile,
  repack,
} from '../../../../src/avro/repack/index.js';
import type { ByteSource } from '../../../../src/avro/types.js';
import type { Value } from '../../../../src/schema/values.js';
import { FILE, inChunks, rowsOf } from '../support.js';

/** A part file in memory, as a load has planned it. */
export interface Part extends RepackFile {
  readonly bytes: Uint8Array;
}

/** A part whose columns all go to the staged columns of the same places, unless `targets` says otherwise. */
export function part(bytes: Uint8Array, index = 0, targets?: readonly number[], key = FILE): Part {
  const header = parseHeader(bytes, { complete: true, file: key })?.columns ?? [];
  return {
    bytes,
    index,
    key,
    etag: `etag-${index}`,
    size: bytes.length,
    header,
    targets: targets ?? header.map((_, place) => place),
  };
}

export function open(file: Part): ByteSource {
  return inChunks(file.bytes, 1000);
}

export async function bytesOf(
  files: readonly Part[],
  columns: readonly RepackColumn[],
  codec?: RepackCodec,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const { bytes } = repack(files, columns, { open, ...(codec === undefined ? {} : { codec }) });
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The rows that a load of the parts has to stage, by the reader of rows, order columns last. */
export async function stagedRows(
  files: readonly Part[],
  columns: readonly RepackColumn[],
): Promise<readonly (readonly Value[])[]> {
  const all: (readonly Value[])[] = [];
  for (const file of files) {
    const rows = await rowsOf(file.bytes);
    rows.forEach((row, n) => {
      const staged = columns.map((_, place) => row[file.targets.indexOf(place)] ?? null);
      all.push([...staged, BigInt(file.index), BigInt(n)]);
    });
  }
  return all;
}
