/** What a contestant prints. */
export interface Figures {
  /** Seconds, by relation. */
  readonly models: readonly (readonly [relation: string, seconds: number])[];
  readonly total: number;
}

export function report(figures: Figures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
