import { Readable } from 'node:stream';
import { inflateRawSync } from 'node:zlib';
import avro from 'avsc';
import { uncompressSync } from 'snappy';
import type { RepackColumn } from '../../../../src/avro/repack/index.js';
import type { Value } from '../../../../src/schema/values.js';
import { avscType } from '../../../../scripts/support/avro-writer.js';

type Decoded = Readonly<Record<string, Value | Readonly<Record<string, Value>>>>;

/** The rows of a re-packed container as avsc reads them, as values of the staged columns' types. */
export async function avscRows(
  bytes: Buffer,
  columns: readonly RepackColumn[],
): Promise<readonly (readonly Value[])[]> {
  const decoder = new avro.streams.BlockDecoder({
    parseHook: (schema: unknown) => avscType(schema),
    codecs: {
      null: (data: Buffer, done: (error: unknown, data: Buffer) => void) => {
        done(null, data);
      },
      deflate: (data: Buffer, done: (error: unknown, data: Buffer) => void) => {
        done(null, inflateRawSync(data));
      },
      snappy: (data: Buffer, done: (error: unknown, data: Buffer) => void) => {
        done(null, uncompressSync(data.subarray(0, -4)) as Buffer);
      },
    },
  });
  const rows: (readonly Value[])[] = [];
  for await (const row of Readable.from([bytes]).pipe(decoder) as AsyncIterable<Decoded>) {
    const cells = Object.values(row);
    rows.push(cells.map((cell, place) => valueOf(cell, columns[place])));
  }
  return rows;
}

/** avsc wraps the values of unions and does not know of logical types. */
function valueOf(cell: Decoded[string] | undefined, column: RepackColumn | undefined): Value {
  if (cell === null || cell === undefined) return null;
  const bare = typeof cell === 'object' && !(cell instanceof Uint8Array) ? Object.values(cell)[0] : cell;
  if (bare === undefined) throw new Error('a union without a value');
  if (column?.type.kind === 'date') return BigInt(bare as number);
  if (!(bare instanceof Uint8Array)) return bare;
  if (column?.type.kind !== 'decimal') return new Uint8Array(bare);
  return BigInt.asIntN(8 * bare.length, BigInt(`0x${Buffer.from(bare).toString('hex')}`));
}
