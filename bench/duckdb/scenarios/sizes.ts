import { medianBy, printHeads, printLine, printRow } from '../../report.js';
import { type Desk, type Measured, count, medianOf, megabytes, secondsOf, shown } from '../desk.js';
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

/**
 * Each load stands between two of this size, and its speed is also told as a share of theirs: a machine that others use
 * becomes faster and slower while a large load goes on.
 */
const YARDSTICK: Size = { rows: 2 * MILLION, nodeOptions: [] };

const SIZES: readonly Size[] = [
  ...[0.5, 1, 4, 10, 20, 40].map((millions): Size => ({ rows: millions * MILLION, nodeOptions: [] })),
  { rows: SMALL, nodeOptions: ['--max-old-space-size=256'] },
].sort((a, b) => a.rows - b.rows);

/** A load and those of the yardstick before and after it. */
interface Beside {
  readonly load: Measured;
  readonly yardsticks: readonly [Measured, Measured];
}

/** First loads of more and more rows: rows a second and memory should stay what they are. */
export async function sizes(desk: Desk, most = 40 * MILLION): Promise<void> {
  const folder = desk.path('dumps');
  const dump = await writeDump({ folder, dumpId: 1, rows: most, columns: COLUMNS, codec: 'snappy' });
  const load = async ({ rows, nodeOptions }: Size): Promise<Measured> => {
    // The first files of the largest dump are a smaller one.
    writeManifest(folder, 1, COLUMNS, Math.ceil((dump.files.length * rows) / most));
    return await desk.heapload(folder, desk.fresh('sizes'), { nodeOptions });
  };
  const fitting = SIZES.filter(({ rows }) => rows <= most);
  const taken = new Map(fitting.map((size): [Size, Beside[]] => [size, []]));
  const yardsticks = [await load(YARDSTICK)];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [size, all] of taken) {
      if (round > 0 && size.rows > SMALL) continue;
      const before = medianOf(yardsticks.slice(-1));
      const measured = await load(size);
      const after = await load(YARDSTICK);
      yardsticks.push(after);
      all.push({ load: measured, yardsticks: [before, after] });
    }
  }
  printLine();
  printLine(
    `First loads of ${COLUMNS} columns, snappy, each between two of ${count(YARDSTICK.rows)} rows; ` +
      `up to ${count(SMALL)} rows medians of ${ROUNDS}`,
  );
  printHeads([
    'rows',
    'options',
    'staged s (cpu)',
    'rows/s',
    'of 2 M',
    'whole s (cpu)',
    'rows/s',
    'of 2 M',
    'peak RSS',
  ]);
  print(YARDSTICK, medianOf(yardsticks), { staged: 1, whole: 1 });
  for (const [size, all] of taken)
    print(size, medianOf(all.map((one) => one.load)), {
      staged: medianBy(
        all.map((one) => share(size, one, stagedOf)),
        Number,
      ),
      whole: medianBy(
        all.map((one) => share(size, one, secondsOf)),
        Number,
      ),
    });
}

/** Rows a second, as a share of those of the loads around it. */
function share({ rows }: Size, { load, yardsticks }: Beside, seconds: (one: Measured) => number): number {
  const around = yardsticks.reduce((sum, one) => sum + seconds(one), 0) / yardsticks.length;
  return (rows / seconds(load)) * (around / YARDSTICK.rows);
}

function stagedOf({ staged }: Measured): number {
  return staged?.seconds ?? NaN;
}

function print(
  { rows, nodeOptions }: Size,
  measured: Measured,
  shares: { readonly staged: number; readonly whole: number },
): void {
  const { staged, total, peak } = measured;
  printRow([
    count(rows),
    nodeOptions.join(' ') || 'defaults',
    shown(staged),
    count(rows / stagedOf(measured)),
    shares.staged.toFixed(2),
    shown(total),
    count(rows / secondsOf(measured)),
    shares.whole.toFixed(2),
    megabytes(peak),
  ]);
}
