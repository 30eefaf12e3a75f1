import { deflateRawSync } from 'node:zlib';
import { crc32 } from '@node-rs/crc32';
import { compressSync } from 'snappy';
import type { RepackCodec } from './types.js';

/** The bytes of a block as they lie in a container; with the codec `null` the same bytes. */
export function pack(data: Uint8Array, codec: RepackCodec): Uint8Array {
  switch (codec) {
    case 'null':
      return data;
    case 'deflate':
      return deflateRawSync(data);
    case 'snappy': {
      const checksum = Buffer.alloc(4);
      checksum.writeUInt32BE(crc32(data));
      // Without the copy the collector would not see how much memory the results hold.
      return Buffer.concat([compressSync(data, { copyOutputData: true }), checksum]);
    }
  }
}
