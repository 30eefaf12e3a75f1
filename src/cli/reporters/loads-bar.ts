import type { SingleBar } from 'cli-progress';
import type { LoadIdentity } from '../../run/events.js';

/** Shows a bar of `total` bytes. */
export type StartBar = (total: number, title: string) => SingleBar;

interface Progress {
  readonly load: LoadIdentity;
  readonly total: number;
  readonly bytes: number;
  readonly rows: number;
}

/** One bar for all loads that are under way together. */
export class LoadsBar {
  readonly #start: StartBar;
  readonly #loads = new Map<string, Progress>();
  #bar: SingleBar | undefined;

  constructor(start: StartBar) {
    this.#start = start;
  }

  begin(load: LoadIdentity, total: number): void {
    this.clear();
    this.#loads.set(load.loadId, { load, total, bytes: 0, rows: 0 });
  }

  update({ loadId }: LoadIdentity, done: { readonly bytes: number; readonly rows: number }): void {
    const known = this.#loads.get(loadId);
    if (known === undefined) return;
    const { bytes, rows } = done;
    this.#loads.set(loadId, { ...known, bytes, rows });
    const loads = [...this.#loads.values()];
    const sum = (of: (load: Progress) => number): number =>
      loads.reduce((total, load) => total + of(load), 0);
    this.#bar ??= this.#start(
      sum(({ total }) => total),
      titleOf(loads),
    );
    this.#bar.update(
      sum((load) => load.bytes),
      { rows: sum((load) => load.rows) },
    );
  }

  end({ loadId }: LoadIdentity): void {
    this.clear();
    this.#loads.delete(loadId);
  }

  /** The load of this table that was under way has failed. */
  fail(table: string | undefined): void {
    for (const { load } of [...this.#loads.values()]) if (load.table === table) this.end(load);
  }

  /** Makes room for a line; the bar comes back with the next progress. */
  clear(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

function titleOf(loads: readonly Progress[]): string {
  const [first, ...others] = loads;
  if (first === undefined || others.length > 0) return `${loads.length} tables`;
  return `${first.load.table} ${first.load.dumpId.toString()}`;
}
