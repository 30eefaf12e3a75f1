import { rm } from 'node:fs/promises';
import path from 'node:path';
import { writeDump } from './support/dump-writer.js';
import { sampleDumps } from './support/sample.js';

/** Writes the sample bucket anew: `node dist/scripts/make-sample.js [directory]`, default examples/dumps. */
const root = path.resolve(process.argv[2] ?? 'examples/dumps');
const dumps = sampleDumps();
await rm(path.join(root, 'manifests'), { recursive: true, force: true });
for (const dump of dumps)
  await rm(path.join(root, `sync_${dump.dumpId.toString()}`), { recursive: true, force: true });
for (const dump of dumps) {
  const keys = await writeDump(root, dump);
  console.log(`dump ${dump.dumpId.toString()}: ${keys.length} objects`);
}
