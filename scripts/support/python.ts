import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

export interface Environment {
  readonly folder: string;
  readonly python: string;
}

/**
 * A virtual environment outside the tree for exactly the requirements in a file, or why it cannot be had; a later run
 * finds it again. `prepare` works on a new one before it counts as done.
 */
export function pythonEnvironment(
  name: string,
  requirements: string,
  prepare: (environment: Environment) => void = () => undefined,
): Environment | { readonly missing: string } {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(os.homedir(), '.cache', 'heapload-tests', `${name}-${digest}`);
  const environment = { folder, python: path.join(folder, 'bin', 'python') };
  const done = path.join(folder, 'done');
  if (existsSync(done)) return environment;
  rmSync(folder, { recursive: true, force: true });
  const made = run('python3', ['-m', 'venv', folder]);
  if (made.status !== 0) return { missing: `no virtual environment: ${reasonOf(made)}` };
  const options = ['--quiet', '--require-virtualenv', '-r', requirements];
  const installed = run(environment.python, ['-m', 'pip', 'install', ...options]);
  if (installed.status !== 0) return { missing: `pip cannot install it: ${reasonOf(installed)}` };
  prepare(environment);
  writeFileSync(done, '');
  return environment;
}

function run(command: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: 'utf8', timeout: 540_000 });
}

function reasonOf({ stderr, error }: SpawnSyncReturns<string>): string {
  return error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
}

/** A port of the loopback address that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
