import os from 'node:os';
import { VERSION } from '../src/version.js';

/** What the benches print: one line about the machine, and tables that a page can take as they are. */

/** Versions, processors and memory, as the first line of a bench says them. */
export function machine(): string {
  const cpu = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return (
    `heapload ${VERSION}, Node ${process.version}, ${cpu.length} × ${cpu[0]?.model.trim() ?? 'unknown'}, ` +
    `${memory} GiB, ${os.type()} ${os.release()}`
  );
}

export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A row of a table. */
export function printRow(cells: readonly string[]): void {
  printLine(`| ${cells.join(' | ')} |`);
}

/** The first rows of a table, after an empty line. */
export function printHeads(cells: readonly string[]): void {
  printLine();
  printRow(cells);
  printRow(cells.map(() => '---'));
}

/** The one in the middle by a figure; throws when there is none. */
export function medianBy<T>(all: readonly T[], figure: (one: T) => number): T {
  const middle = all.toSorted((a, b) => figure(a) - figure(b))[all.length >> 1];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}
