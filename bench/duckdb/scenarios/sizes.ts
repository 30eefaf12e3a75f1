import { printHeads, printLine, printRow } from '../../report.js';
import { type Desk, type Measured, count, inTurns, medianOf, megabytes, secondsOf, shown } from '../desk.js';
import { writeDump, writeManifest } from '../dumps.js';

const COLUMNS = 52;
const MILLION = 1_000_000;
/** Loads of up to so many rows are repeated. */
const SMALL = 4 * MILLION;
const ROUNDS = 3;

interface Size {
  readonly rows: number;
  readonly nodeOptions: readonly string[];
}

const LITTLE_HEAP: Size = { rows: SMALL, nodeOptions: ['--max-old-space-size=256'] };

/** First loads of more and more rows: rows a second and memory should stay what they are. */
export async function sizes(desk: Desk, most = 40 * MILLION): Promise<void> {
  const folder = desk.path('dumps');
  const dump = await writeDump({ folder, dumpId: 1, rows: most, columns: COLUMNS, codec: 'snappy' });
  const load = async ({ rows, nodeOptions }: Size): Promise<Measured> => {
    // The first files of the largest dump are a smaller one.
    writeManifest(folder, 1, COLUMNS, Math.ceil((dump.files.length * rows) / most));
    return await desk.heapload(folder, desk.fresh('sizes'), { nodeOptions });
  };
  const all = [0.5, 1, 2, 4, 10, 20, 40].map((millions): Size => ({
    rows: millions * MILLION,
    nodeOptions: [],
  }));
  const fits = ({ rows }: Size): boolean => rows <= most;
  const small = [...all.filter(({ rows }) => rows <= SMALL), LITTLE_HEAP].filter(fits);
  const large = all.filter(({ rows }) => rows > SMALL).filter(fits);
  printLine();
  printLine(
    `First loads of ${COLUMNS} columns, snappy; up to ${count(SMALL)} rows medians of ${ROUNDS}, in turns`,
  );
  printHeads(['rows', 'options', 'staged s (cpu)', 'rows/s', 'whole s (cpu)', 'rows/s', 'peak RSS']);
  const taken = await inTurns(small, ROUNDS, load);
  for (const size of small) print(size, medianOf(taken.get(size)));
  for (const size of large) print(size, await load(size));
}

function print({ rows, nodeOptions }: Size, measured: Measured): void {
  const { staged, total, peak } = measured;
  printRow([
    count(rows),
    nodeOptions.join(' ') || 'defaults',
    shown(staged),
    count(rows / (staged?.seconds ?? NaN)),
    shown(total),
    count(rows / secondsOf(measured)),
    megabytes(peak),
  ]);
}
