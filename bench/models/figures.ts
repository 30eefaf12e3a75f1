import type { Took } from '../duckdb/stopwatch.js';

/** What a contestant prints. */
export interface Figures {
  readonly models: readonly (readonly [relation: string, took: Took])[];
  readonly total: Took;
}

export function report(figures: Figures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
