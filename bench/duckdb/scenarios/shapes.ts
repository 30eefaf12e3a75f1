import { printHeads, printLine, printRow } from '../../report.js';
import { type Desk, count, inTurns, medianOf, megabytes, secondsOf, shown } from '../desk.js';
import { writeDump } from '../dumps.js';

const ROUNDS = 3;
const SHAPES = [
  { what: '52 columns', rows: 240_000, columns: 52, files: 1 },
  { what: '300 columns', rows: 240_000, columns: 300, files: 1 },
  { what: '52 columns, 12,000 files', rows: 240_000, columns: 52, files: 12_000 },
] as const;

/** Wide tables and many files: cost should go with the values, and no file should cost more than its opening. */
export async function shapes(desk: Desk): Promise<void> {
  for (const { what, ...shape } of SHAPES)
    await writeDump({ ...shape, folder: desk.path(what), dumpId: 1, codec: 'snappy' });
  const names = SHAPES.map(({ what }) => what);
  const all = await inTurns(names, ROUNDS, (what) => desk.heapload(desk.path(what), desk.fresh('shapes')));
  printLine();
  printLine(`Other shapes of 240,000 rows; medians of ${ROUNDS}`);
  printHeads(['shape', 'whole s (cpu)', 'values/s', 'peak RSS']);
  for (const { what, rows, columns } of SHAPES) {
    const median = medianOf(all.get(what));
    const speed = count((rows * columns) / secondsOf(median));
    printRow([what, shown(median.total), speed, megabytes(median.peak)]);
  }
}
