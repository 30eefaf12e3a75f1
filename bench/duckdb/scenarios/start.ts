import { fileURLToPath } from 'node:url';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { medianBy, printHeads, printLine, printRow } from '../../report.js';
import type { Desk } from '../desk.js';
import { writeDump } from '../dumps.js';

const ROUNDS = 9;
const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../../cli/heapload.js', import.meta.url));

/** What it costs to start, next to an empty script. */
export async function start(desk: Desk): Promise<void> {
  const folder = desk.path('dumps');
  await writeDump({ folder, dumpId: 1, rows: 1000, columns: 52, codec: 'snappy' });
  const file = desk.path('integration.yml');
  const warehouse = { type: 'duckdb', path: desk.fresh('start') };
  writeFileSync(file, JSON.stringify({ source: { type: 'directory', path: folder }, warehouse }));
  await run(process.execPath, [MAIN, 'run', '-c', file]);
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['node, an empty script', ['-e', '0']],
    ['heapload --help', [MAIN, '--help']],
    ['heapload plan --offline', [MAIN, 'plan', '--offline', '-c', file]],
    ['heapload run, nothing to do', [MAIN, 'run', '-c', file]],
  ];
  const taken = new Map(ways.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, argv] of ways) {
      const began = performance.now();
      await run(process.execPath, argv);
      taken.get(name)?.push(performance.now() - began);
    }
  }
  printLine();
  printLine(`Starting; medians of ${ROUNDS}`);
  printHeads(['command', 'ms']);
  for (const [name, all] of taken) printRow([name, String(Math.round(medianBy(all, (ms) => ms)))]);
}
