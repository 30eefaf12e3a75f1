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
