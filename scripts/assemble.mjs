// Compiles the AssemblyScript of src/avro/columnar/assembly to rows.wasm, beside the module that loads it: in src/ for
// tests, which run from there, and in dist/.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = 'src/avro/columnar';
const FILE = `${FOLDER}/rows.wasm`;
/** Pages of 64 KiB: below 2 GiB no place in the memory is negative for JavaScript. */
const MOST_PAGES = '32767';

const { error, stderr } = await asc.main(
  [
    `${FOLDER}/assembly/index.ts`,
    '--outFile',
    FILE,
    '--runtime',
    'stub',
    '--noAssert',
    '-O3',
    '--enable',
    'simd',
    '--maximumMemory',
    MOST_PAGES,
  ],
  { baseDir: ROOT },
);
process.stderr.write(stderr.toString());
if (error) {
  console.error(error.message);
  process.exit(1);
}
mkdirSync(path.join(ROOT, 'dist', FOLDER), { recursive: true });
copyFileSync(path.join(ROOT, FILE), path.join(ROOT, 'dist', FILE));
