import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { contestant } from './contestant.js';
import { machine, medianBy, printHeads, printLine, printRow } from './report.js';

/** Re-packing next to a plain copy of blocks, each in a process of its own: `npm run bench:repack`. */

type Way = 'copy' | 'repack';

interface Measured {
  /** Uncompressed, of all blocks read. */
  readonly bytes: number;
  /** Of the processor, system calls included. */
  readonly cpu: number;
  readonly seconds: number;
  /** Bytes of resident memory at the most. */
  readonly peak: number;
}

const WORK = fileURLToPath(new URL('repack/work.js', import.meta.url));
const MB = 1_000_000;
const ROUNDS = 3;
/** Of 64 kB each. */
const BLOCKS = 1000;
const CODECS = ['null', 'deflate', 'snappy'] as const;

const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));

async function measure(way: Way, codec: string, files: number, blocks: number): Promise<Measured> {
  return await contestant(WORK, [way, codec, String(files), String(blocks)], folder);
}

/** The one in the middle by processor time. */
function median(all: readonly Measured[]): Measured {
  return medianBy(all, ({ cpu }) => cpu);
}

function rate({ bytes, cpu }: Measured): string {
  return String(Math.round(bytes / MB / cpu));
}

/** In alternating order, so that what else the machine does falls on both. */
async function speeds(): Promise<void> {
  printHeads(['codec', 'copied, MB/s', 're-packed, MB/s', 'of the copy']);
  for (const codec of CODECS) {
    const copies: Measured[] = [];
    const repacks: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      copies.push(await measure('copy', codec, 1, BLOCKS));
      repacks.push(await measure('repack', codec, 1, BLOCKS));
    }
    const [copied, repacked] = [median(copies), median(repacks)];
    printRow([codec, rate(copied), rate(repacked), (copied.cpu / repacked.cpu).toFixed(2)]);
  }
}

async function memory(): Promise<void> {
  printHeads(['files', 'blocks in each', 'MB', 're-packed, MB/s', 'peak memory, MB']);
  for (const [files, blocks] of [
    [1, BLOCKS],
    [1, 10 * BLOCKS],
    [1000, 1],
    [10_000, 1],
  ] as const) {
    const measured = await measure('repack', 'snappy', files, blocks);
    const { bytes, peak } = measured;
    printRow([
      String(files),
      String(blocks),
      String(Math.round(bytes / MB)),
      rate(measured),
      String(Math.round(peak / MB)),
    ]);
  }
}

printLine(`${machine()}; 52 columns; MB of uncompressed data for each second of one processor core`);
try {
  await speeds();
  await memory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
