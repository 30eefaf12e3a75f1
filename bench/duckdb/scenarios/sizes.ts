import { printHeads, printLine, printRow } from '../../report.js';
import { type Desk, type HeaploadOptions, count, megabytes, secondsOf, shown } from '../desk.js';
import { writeDump, writeManifest } from '../dumps.js';

const COLUMNS = 52;
const MILLION = 1_000_000;

/** First loads of more and more rows: rows a second and memory should stay what they are. */
export async function sizes(desk: Desk, most = 40 * MILLION): Promise<void> {
  printLine();
  printLine(`First loads of ${COLUMNS} columns, snappy`);
  printHeads(['rows', 'options', 'staged s (cpu)', 'rows/s', 'whole s (cpu)', 'rows/s', 'peak RSS']);
  const all = [0.5, 1, 2, 4, 10, 20, 40].map((millions) => millions * MILLION);
  const folder = desk.path('dumps');
  const dump = await writeDump({ folder, dumpId: 1, rows: most, columns: COLUMNS, codec: 'snappy' });
  for (const rows of all.filter((each) => each <= most)) {
    // The first files of the largest dump are a smaller one.
    writeManifest(folder, 1, COLUMNS, Math.ceil((dump.files.length * rows) / most));
    await measure(desk, folder, rows, 'defaults', {});
    if (rows === 4 * MILLION) {
      const nodeOptions = ['--max-old-space-size=256'];
      await measure(desk, folder, rows, '--max-old-space-size=256', { nodeOptions });
      await measure(desk, folder, rows, 'memory_limit: 512MB', { memory_limit: '512MB' });
    }
  }
}

async function measure(
  desk: Desk,
  folder: string,
  rows: number,
  what: string,
  options: HeaploadOptions,
): Promise<void> {
  const measured = await desk.heapload(folder, desk.fresh('sizes'), options);
  const { staged, total, peak } = measured;
  printRow([
    count(rows),
    what,
    shown(staged),
    count(rows / (staged?.seconds ?? NaN)),
    shown(total),
    count(rows / secondsOf(measured)),
    megabytes(peak),
  ]);
}
