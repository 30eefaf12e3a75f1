import { type PromiseWithChild, execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const SCRIPT = path.join(import.meta.dirname, 'run-and-die.mjs');

type Child = PromiseWithChild<{ stdout: string; stderr: string }>;

/** Runs `run-and-die.mjs` with these words; see there. */
export function runAndDie(...argv: readonly string[]): Child {
  return exec(process.execPath, [SCRIPT, ...argv]);
}

/** The signal that ended a child; undefined: it came to its end by itself. */
export async function deathOf(child: Child): Promise<string | undefined> {
  return await child.then(
    () => undefined,
    (error: unknown) => (error as { signal?: string }).signal,
  );
}

/** Does the work at each point, two of them at a time, by worker 0 or 1; gives what failed. */
export async function atEach<P>(
  points: readonly P[],
  work: (point: P, worker: 0 | 1) => Promise<void>,
): Promise<readonly string[]> {
  const failed: string[] = [];
  const queue = [...points];
  const goOn = async (worker: 0 | 1): Promise<void> => {
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      const at = String(point);
      await work(point, worker).catch((error: unknown) => failed.push(`${at}: ${String(error)}`));
    }
  };
  await Promise.all([goOn(0), goOn(1)]);
  return failed;
}
