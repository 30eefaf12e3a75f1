import { createHash } from 'node:crypto';
import { Output } from './output.js';
import { pack } from './pack.js';
import type { RepackCodec, RepackFile } from './types.js';

const MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01);
const SYNC_BYTES = 16;

/** Makes the parts of one container: its header, and its blocks. */
export class ContainerWriter {
  readonly #codec: RepackCodec;
  readonly #schema: string;
  readonly #sync: Uint8Array;

  constructor(schema: string, codec: RepackCodec, files: readonly RepackFile[]) {
    this.#codec = codec;
    this.#schema = schema;
    this.#sync = syncMarker(schema, codec, files);
  }

  header(): Uint8Array {
    const out = new Output(2 * this.#schema.length + 128);
    out.append(MAGIC);
    out.count(2);
    out.text('avro.codec');
    out.text(this.#codec);
    out.text('avro.schema');
    out.text(this.#schema);
    out.count(0);
    out.append(this.#sync);
    return out.written();
  }

  block(rows: number, data: Uint8Array): Uint8Array {
    const packed = pack(data, this.#codec);
    const out = new Output(packed.length + 2 * 10 + SYNC_BYTES);
    out.count(rows);
    out.binary(packed);
    out.append(this.#sync);
    return out.written();
  }
}

/** The same files in the same schema have the same marker, so that a repeated upload has the same bytes. */
function syncMarker(schema: string, codec: RepackCodec, files: readonly RepackFile[]): Uint8Array {
  const hash = createHash('sha256').update(JSON.stringify([schema, codec]));
  for (const { index, key, etag } of files) hash.update(JSON.stringify([index, key, etag]));
  return hash.digest().subarray(0, SYNC_BYTES);
}
