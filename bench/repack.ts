import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { VERSION } from '../src/version.js';

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

const PEAK_HOOK = new URL('s3/peak-memory.js', import.meta.url).href;
const WORK = fileURLToPath(new URL('repack/work.js', import.meta.url));
const MB = 1_000_000;
const ROUNDS = 3;
/** Of 64 kB each. */
const BLOCKS = 1000;
const CODECS = ['null', 'deflate', 'snappy'] as const;

const run = promisify(execFile);
const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));

async function measure(way: Way, codec: string, files: number, blocks: number): Promise<Measured> {
  const peakFile = path.join(folder, 'peak.txt');
  const { stdout } = await run(
    process.execPath,
    ['--import', PEAK_HOOK, WORK, way, codec, String(files), String(blocks)],
    { env: { PATH: process.env['PATH'], BENCH_PEAK_FILE: peakFile } },
  );
  const figures = JSON.parse(stdout) as Omit<Measured, 'peak'>;
  return { ...figures, peak: Number(readFileSync(peakFile, 'utf8')) };
}

/** The one in the middle by processor time. */
function median(all: readonly Measured[]): Measured {
  const middle = all.toSorted((a, b) => a.cpu - b.cpu)[all.length >> 1];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function print(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

function heads(cells: readonly string[]): void {
  process.stdout.write('\n');
  print(cells);
  print(cells.map(() => '---'));
}

function rate({ bytes, cpu }: Measured): string {
  return String(Math.round(bytes / MB / cpu));
}

/** In alternating order, so that what else the machine does falls on both. */
async function speeds(): Promise<void> {
  heads(['codec', 'copied, MB/s', 're-packed, MB/s', 'of the copy']);
  for (const codec of CODECS) {
    const copies: Measured[] = [];
    const repacks: Measured[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      copies.push(await measure('copy', codec, 1, BLOCKS));
      repacks.push(await measure('repack', codec, 1, BLOCKS));
    }
    const [copied, repacked] = [median(copies), median(repacks)];
    print([codec, rate(copied), rate(repacked), (copied.cpu / repacked.cpu).toFixed(2)]);
  }
}

async function memory(): Promise<void> {
  heads(['files', 'blocks in each', 'MB', 're-packed, MB/s', 'peak memory, MB']);
  for (const [files, blocks] of [
    [1, BLOCKS],
    [1, 10 * BLOCKS],
    [1000, 1],
    [10_000, 1],
  ] as const) {
    const measured = await measure('repack', 'snappy', files, blocks);
    const { bytes, peak } = measured;
    print([
      String(files),
      String(blocks),
      String(Math.round(bytes / MB)),
      rate(measured),
      String(Math.round(peak / MB)),
    ]);
  }
}

const cpu = os.cpus();
process.stdout.write(
  `heapload ${VERSION}, Node ${process.version}, ${cpu.length} × ${cpu[0]?.model.trim() ?? 'unknown'}; 52 columns; ` +
    'MB of uncompressed data for each second of one processor core\n',
);
try {
  await speeds();
  await memory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
