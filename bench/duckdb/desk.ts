import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { contestant } from '../contestant.js';
import { medianBy } from '../report.js';
import type { Figures } from './stopwatch.js';

/** What a contestant took. `peak`: bytes of resident memory at the most. */
export type Measured = Figures & { readonly peak: number };

/** As it is installed, in one piece with its packages; see `scripts/bundle.ts`. */
const HEAPLOAD = fileURLToPath(new URL('../bundled/heapload.js', import.meta.url));
const MB = 1_000_000;

/** A folder for everything that a scenario makes. */
export class Desk {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** An empty database of that name. */
  fresh(name: string): string {
    const file = this.path(`${name}.duckdb`);
    for (const each of [file, `${file}.wal`]) rmSync(each, { force: true });
    return file;
  }

  /** One run of heapload over the dumps of a folder. */
  async heapload(dumps: string, database: string, more: HeaploadOptions = {}): Promise<Measured> {
    const { nodeOptions = [], statements, ...settings } = more;
    const warehouse = { type: 'duckdb', schema: 'heap', path: database, ...settings };
    const file = this.path('integration.yml');
    writeFileSync(file, JSON.stringify({ source: { type: 'directory', path: dumps }, warehouse }));
    const argv = statements === undefined ? [file] : [file, statements];
    return await contestant<Figures>(HEAPLOAD, argv, this.folder, nodeOptions);
  }

  /** Another contestant. */
  async run(name: string, argv: readonly string[]): Promise<Measured> {
    const script = fileURLToPath(new URL(`contestants/${name}.js`, import.meta.url));
    return await contestant<Figures>(script, argv, this.folder);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface HeaploadOptions {
  readonly staging?: 'keys' | 'table';
  readonly memory_limit?: string;
  readonly nodeOptions?: readonly string[];
  /** File for the statements that make and fill what a first load stages. */
  readonly statements?: string;
}

/**
 * Lets contestants work in turns, forwards and backwards, so that what else the machine does hits all alike. A name may
 * stand in `turns` more than once.
 */
export async function inTurns<N>(
  turns: readonly N[],
  rounds: number,
  work: (name: N) => Promise<Measured>,
): Promise<ReadonlyMap<N, readonly Measured[]>> {
  const all = new Map<N, Measured[]>(turns.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const name of round % 2 === 0 ? turns : turns.toReversed()) all.get(name)?.push(await work(name));
  return all;
}

export function secondsOf({ total, staged }: Measured): number {
  return (total ?? staged)?.seconds ?? NaN;
}

export function medianOf(all: readonly Measured[] | undefined): Measured {
  return medianBy(all ?? [], secondsOf);
}

export function shown(took: { readonly seconds: number; readonly cpu: number } | undefined): string {
  if (took === undefined) return '–';
  const cpu = Number.isNaN(took.cpu) ? '' : ` (${took.cpu.toFixed(1)})`;
  return `${took.seconds.toFixed(1)}${cpu}`;
}

export function times(base: number | undefined, own: number | undefined): string {
  return base === undefined || own === undefined ? '–' : `${(base / own).toFixed(2)}×`;
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB).toLocaleString('en-US')} MB`;
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
