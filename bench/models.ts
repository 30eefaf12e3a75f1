import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { contestant } from './contestant.js';
import type { Took } from './duckdb/stopwatch.js';
import type { Figures } from './models/figures.js';
import { sameRows } from './models/same.js';
import { makeWorld } from './models/world.js';
import { machine, medianBy, printHeads, printLine, printRow } from './report.js';

/**
 * The shipped models as tables on DuckDB next to the shortest SQL for the same rows, with the merges of users followed
 * and without, in turns. `npm run bench:models [-- events rounds]`.
 */

type Measured = Figures & { readonly peak: number };

const NOTHING: Took = { seconds: NaN, cpu: NaN };

const MB = 1_000_000;
const [events = '10000000', rounds = '3'] = process.argv.slice(2);
const script = (name: string): string => fileURLToPath(new URL(`models/${name}.js`, import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));

async function compare(
  title: string,
  ours: () => Promise<Measured>,
  theirs: () => Promise<Measured>,
): Promise<void> {
  const built: Measured[] = [];
  const byHand: Measured[] = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    built.push(await ours());
    byHand.push(await theirs());
  }
  const [first] = built;
  const relations = first?.models.map(([name]) => name) ?? [];
  const rows = await sameRows(database, relations);
  printHeads([title, 'rows', 'heapload s (cpu)', 'by hand s (cpu)', 'cpu, of by hand']);
  const row = (name: string, count: string, pick: (one: Measured) => Took): void => {
    const [own, hand] = [built, byHand].map((all) => pick(medianBy(all, (one) => pick(one).cpu)));
    if (own === undefined || hand === undefined) return;
    printRow([name, count, ...[own, hand].map(shown), `${(own.cpu / hand.cpu).toFixed(2)}×`]);
  };
  for (const name of relations)
    row(
      name,
      (rows.get(name) ?? 0).toLocaleString('en-US'),
      ({ models }) => new Map(models).get(name) ?? NOTHING,
    );
  row('all of it', '', ({ total }) => total);
  const peaks = [built, byHand].map((all) => `${Math.round(medianBy(all, peakOf).peak / MB)} MB`);
  printRow(['peak RSS', '', ...peaks, '']);
}

function shown({ seconds, cpu }: Took): string {
  return `${seconds.toFixed(2)} (${cpu.toFixed(2)})`;
}

const peakOf = ({ peak }: Measured): number => peak;

let database = '';
try {
  const world = await makeWorld(folder, Number(events));
  database = world.database;
  printLine(
    `${machine()}; ${Number(events).toLocaleString('en-US')} events; medians of ${rounds}; memory_limit 1 GB`,
  );
  for (const [title, configuration, merges] of [
    ['merges followed', world.followed, 'yes'],
    ['merges not followed', world.notFollowed, 'no'],
  ] as const) {
    const ours = (): Promise<Measured> => contestant(script('heapload'), [configuration], folder);
    const theirs = (): Promise<Measured> => contestant(script('by-hand'), [database, merges], folder);
    await compare(title, ours, theirs);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
