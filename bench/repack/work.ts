import { openContainer } from '../../src/avro/container.js';
import { repack } from '../../src/avro/repack/index.js';
import { pack } from '../../src/avro/repack/pack.js';
import type { RepackCodec } from '../../src/avro/repack/index.js';
import { type BenchFile, benchFile, repeated } from './data.js';

// Re-packs or copies files in a process of its own: `work.js <repack|copy> <codec> <files> <times>`.
const [way = '', codecName = '', files = '', times = ''] = process.argv.slice(2);
const codec = codecName as RepackCodec;

/** Blocks through decompression and compression, and nothing else. */
async function copy(file: BenchFile): Promise<void> {
  for (let n = 0; n < Number(files); n += 1) {
    const { blocks } = await openContainer(repeated(file, Number(times)), { file: file.plan.key });
    for await (const block of blocks) pack(block.bytes, codec);
  }
}

async function repackAll(file: BenchFile): Promise<void> {
  const plans = Array.from({ length: Number(files) }, (_, index) => ({ ...file.plan, index }));
  const open = () => repeated(file, Number(times));
  for await (const _chunk of repack(plans, file.columns, { open, codec }).bytes);
}

async function uncompressed(file: BenchFile): Promise<number> {
  let bytes = 0;
  const { blocks } = await openContainer(repeated(file, 1), { file: file.plan.key });
  for await (const block of blocks) bytes += block.bytes.length;
  return bytes * Number(times) * Number(files);
}

const file = benchFile(codec);
const bytes = await uncompressed(file);
const work = way === 'copy' ? copy : repackAll;
const before = process.cpuUsage();
const began = performance.now();
await work(file);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ bytes, seconds, cpu: (user + system) / 1e6 }) + '\n');
