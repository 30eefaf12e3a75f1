/** What a piece of work took. */
export interface Took {
  readonly seconds: number;
  /** Of all cores, system calls included. */
  readonly cpu: number;
}

/** Starts measuring; the call it gives tells what was spent since. */
export function stopwatch(): () => Took {
  const began = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - began) / 1000, cpu: (user + system) / 1e6 };
  };
}

/** What a contestant prints on its last line. */
export interface Figures {
  /** Until all rows, with their places, were in a table of the database file. */
  readonly staged?: Took;
  /** Until the final table was committed and the file closed. */
  readonly total?: Took;
  readonly rows: number;
}

export function report(figures: Figures): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
