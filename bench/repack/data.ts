import { avroFile, type AvroCodec, type AvroRow } from '../../scripts/support/avro-writer.js';
import { SeededRandom } from '../../scripts/support/random.js';
import type { RepackColumn, RepackFile } from '../../src/avro/repack/index.js';
import { parseContainerHeader } from '../../src/avro/header.js';
import type { ByteSource } from '../../src/avro/types.js';

const LONGS = 3;
const STRINGS = 49;
const ROWS = 4000;
/** Rows of 52 columns take about 600 bytes, so blocks of about 64 kB. */
const ROWS_PER_BLOCK = 100;
const CHUNK_BYTES = 64 * 1024;
const WORDS =
  'home pricing docs sign-up checkout Zürich 東京 https://example.com/ Mozilla/5.0 utm_source=mail'.split(
    ' ',
  );

/** A file of rows like those of Heap: ids, then strings of which many are null. The same on every machine. */
export interface BenchFile {
  readonly bytes: Buffer;
  /** Bytes of its header. */
  readonly head: number;
  readonly plan: RepackFile;
  readonly columns: readonly RepackColumn[];
}

export function benchFile(codec: AvroCodec): BenchFile {
  const random = new SeededRandom(20);
  const names = [
    ...Array.from({ length: LONGS }, (_, n) => ({ name: `id_${n}`, branch: 'long' })),
    ...Array.from({ length: STRINGS }, (_, n) => ({ name: `property_${n}`, branch: 'string' })),
  ];
  const fields = names.map(({ name, branch }) => ({ name, type: ['null', branch] }));
  const rows = Array.from({ length: ROWS }, (): AvroRow => {
    const cells = names.map(({ name, branch }, place) => [
      name,
      branch === 'long' ? random.id() : text(random, place),
    ]);
    return Object.fromEntries(cells) as AvroRow;
  });
  const schema = { type: 'record', name: 'topLevelRecord', fields } as const;
  const bytes = avroFile({ schema, rows, codec, rowsPerBlock: ROWS_PER_BLOCK });
  const header = parseContainerHeader(bytes, { complete: true, file: 'bench.avro' });
  if (header === undefined) throw new Error('the file has no header');
  const { columns } = header;
  const targets = columns.map((_, place) => place);
  const plan = { index: 0, key: 'bench.avro', etag: '1', size: bytes.length, header: columns, targets };
  return { bytes, head: header.length, plan, columns };
}

function text(random: SeededRandom, place: number): string | null {
  if (random.chance(35)) return null;
  const words = 1 + random.below(place % 7 === 0 ? 6 : 2);
  return Array.from({ length: words }, () => random.pick(WORDS)).join(' ');
}

/** The file with its blocks `times` over, in chunks as a store gives them. */
// eslint-disable-next-line @typescript-eslint/require-await -- a source is asynchronous, these bytes are at hand
export async function* repeated(
  { bytes, head }: BenchFile,
  times: number,
): ByteSource & AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, head);
  for (let n = 0; n < times; n += 1)
    for (let at = head; at < bytes.length; at += CHUNK_BYTES)
      yield bytes.subarray(at, Math.min(at + CHUNK_BYTES, bytes.length));
}
