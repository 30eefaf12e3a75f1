import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PEAK_HOOK = new URL('s3/peak-memory.js', import.meta.url).href;

/** Runs a script in a process of its own; gives what it prints as JSON, and the most bytes of memory it had. */
export async function contestant<T>(
  script: string,
  argv: readonly string[],
  folder: string,
  nodeOptions: readonly string[] = [],
): Promise<T & { readonly peak: number }> {
  const peakFile = path.join(folder, 'peak.txt');
  const { stdout } = await run(process.execPath, [...nodeOptions, '--import', PEAK_HOOK, script, ...argv], {
    env: { PATH: process.env['PATH'], BENCH_PEAK_FILE: peakFile },
    maxBuffer: 16 * 1024 * 1024,
  });
  const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
  return { ...figures, peak: Number(readFileSync(peakFile, 'utf8')) };
}
