import { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { uncompressSync } from 'snappy';
import { type AvroRecordSchema, avscType } from '../../../scripts/support/avro-writer.js';
import { ServiceError } from './errors.js';

/** A container file read by avsc, which shares nothing with heapload's code: longs as bigint, unions wrapped. */
export interface AvroContainer {
  readonly schema: AvroRecordSchema;
  readonly rows: AsyncIterable<Readonly<Record<string, unknown>>>;
}

export async function readAvro(bytes: AsyncIterable<Uint8Array>): Promise<AvroContainer> {
  const decoder = new avro.streams.BlockDecoder({ parseHook: avscType, codecs: CODECS });
  const source = Readable.from(bytes);
  const schema = await new Promise<AvroRecordSchema>((resolve, reject) => {
    const fail = (error: Error): void => {
      decoder.destroy();
      reject(unreadable(error.message));
    };
    decoder.once('metadata', (_type: unknown, _codec: string, head: { meta: { 'avro.schema': Buffer } }) => {
      resolve(JSON.parse(head.meta['avro.schema'].toString()) as AvroRecordSchema);
    });
    decoder.once('error', fail);
    decoder.once('end', () => {
      fail(new Error('no header'));
    });
    source.once('error', (error) => decoder.destroy(error));
    source.pipe(decoder);
  });
  return { schema, rows: rowsOf(decoder) };
}

async function* rowsOf(decoder: Readable): AsyncGenerator<Readonly<Record<string, unknown>>> {
  try {
    for await (const row of decoder) yield row as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw error instanceof ServiceError ? error : unreadable(String(error));
  }
}

function unreadable(why: string): ServiceError {
  const message = `Error while reading data, error message: The Apache Avro library failed to parse the data: ${why}`;
  return new ServiceError(400, 'invalid', message);
}

type Codec = (data: Buffer, done: (error: Error | null, data?: Buffer) => void) => void;

function codec(decode: (data: Buffer) => Buffer): Codec {
  return (data, done) => {
    try {
      done(null, decode(data));
    } catch (error) {
      done(error as Error);
    }
  };
}

const CODECS: Readonly<Record<string, Codec>> = {
  null: codec((data) => data),
  deflate: codec((data) => inflateRawSync(data)),
  // A checksum of four bytes follows the block.
  snappy: codec((data) => Buffer.from(uncompressSync(data.subarray(0, -4)))),
};
