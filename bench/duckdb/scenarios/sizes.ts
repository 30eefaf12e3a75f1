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

/** Rows of the loads before and after each. */
const YARDSTICK = 2 * MILLION;

const SIZES: readonly Size[] = [
  ...[0.5, 1, 4, 10, 20, 40].map((millions): Size => ({ rows: millions * MILLION, nodeOptions: [] })),
  { rows: SMALL, nodeOptions: ['--max-old-space-size=256'] },
].sort((a, b) => a.rows - b.rows);

/** A load, and its rows a second as a share of those of the loads before and after it. */
interface Taken {
  readonly load: Measured;
  readonly staged: number;
  readonly whole: number;
}

/**
 * First loads of more and more rows: rows a second and memory should stay what they are. Each stands between two loads of
 * one size, and its speed is also told as a share of theirs: a machine that others use becomes faster and slower while a
 * large load goes on.
 */
export async function sizes(desk: Desk, most = 40 * MILLION): Promise<void> {
  const folder = desk.path('dumps');
  const dump = await writeDump({ folder, dumpId: 1, rows: most, columns: COLUMNS, codec: 'snappy' });
  const load = async ({ rows, nodeOptions }: Size): Promise<Measured> => {
    // The first files of the largest dump are a smaller one.
    writeManifest(folder, 1, COLUMNS, Math.ceil((dump.files.length * rows) / most));
    return await desk.heapload(folder, desk.fresh('sizes'), { nodeOptions });
  };
  const yardstick: Size = { rows: Math.min(YARDSTICK, most), nodeOptions: [] };
  const taken = new Map(SIZES.filter(({ rows }) => rows <= most).map((size): [Size, Taken[]] => [size, []]));
  const yardsticks = [await load(yardstick)];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [size, all] of taken) {
      if (round > 0 && size.rows > SMALL) continue;
      const measured = await load(size);
      yardsticks.push(await load(yardstick));
      const share = (seconds: (one: Measured) => number): number => {
        const [before = NaN, after = NaN] = yardsticks.slice(-2).map(seconds);
        return (size.rows / seconds(measured)) * ((before + after) / 2 / yardstick.rows);
      };
      all.push({ load: measured, staged: share(stagedOf), whole: share(secondsOf) });
    }
  }
  printLine();
  printLine(
    `First loads of ${COLUMNS} columns, snappy, each between two of ${count(yardstick.rows)} rows; ` +
      `up to ${count(SMALL)} rows medians of ${ROUNDS}`,
  );
  const rate = ['rows/s', 'of theirs'];
  printHeads(['rows', 'options', 'staged s (cpu)', ...rate, 'whole s (cpu)', ...rate, 'peak RSS']);
  print(yardstick, { load: medianOf(yardsticks), staged: 1, whole: 1 });
  for (const [size, all] of taken) {
    const middle = (figure: (one: Taken) => number): number => figure(medianBy(all, figure));
    print(size, {
      load: medianOf(all.map((one) => one.load)),
      staged: middle((one) => one.staged),
      whole: middle((one) => one.whole),
    });
  }
}

function stagedOf({ staged }: Measured): number {
  return staged?.seconds ?? NaN;
}

function print({ rows, nodeOptions }: Size, { load, staged, whole }: Taken): void {
  printRow([
    count(rows),
    nodeOptions.join(' ') || 'defaults',
    shown(load.staged),
    count(rows / stagedOf(load)),
    staged.toFixed(2),
    shown(load.total),
    count(rows / secondsOf(load)),
    whole.toFixed(2),
    megabytes(load.peak),
  ]);
}
