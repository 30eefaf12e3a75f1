import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Emulator {
  readonly address: string;
  stop(): void;
}

const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt');
const START_MS = 120_000;

/** Starts bqemulator, installed into a folder of its own outside the tree, or says why it cannot be had. */
export async function startEmulator(project: string): Promise<Emulator | { readonly missing: string }> {
  const installed = install();
  if ('missing' in installed) return installed;
  const [rest, grpc] = [await freePort(), await freePort()];
  const options = [
    '--rest-port',
    String(rest),
    '--grpc-port',
    String(grpc),
    '--project',
    project,
    '--ephemeral',
  ];
  const script = path.join(import.meta.dirname, 'start_emulator.py');
  const child = spawn(installed.python, [script, 'start', ...options, '--log-level', 'error'], {
    // DuckDB looks for its extensions in the home folder.
    env: { ...process.env, HOME: installed.home },
    stdio: 'ignore',
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const address = `http://127.0.0.1:${rest}`;
  const stop = (): void => {
    process.removeListener('exit', kill);
    kill();
  };
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) return { missing: `bqemulator ended with ${child.exitCode}` };
    if (await answers(`${address}/bigquery/v2/projects/${project}/datasets`)) return { address, stop };
    await pause(200);
  }
  stop();
  return { missing: 'bqemulator did not start' };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

interface Installed {
  readonly python: string;
  readonly home: string;
}

/** A virtual environment for exactly these requirements; a later run finds it again. */
function install(): Installed | { readonly missing: string } {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = path.join(os.homedir(), '.cache', 'heapload-tests', `bqemulator-${digest}`);
  const home = path.join(folder, 'home');
  const python = path.join(folder, 'bin', 'python');
  const done = path.join(folder, 'done');
  if (existsSync(done)) return { python, home };
  rmSync(folder, { recursive: true, force: true });
  const made = run('python3', ['-m', 'venv', folder]);
  if (made.status !== 0) return { missing: `no virtual environment: ${reasonOf(made)}` };
  const installed = run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--require-virtualenv',
    '-r',
    REQUIREMENTS,
  ]);
  if (installed.status !== 0) return { missing: `pip cannot install it: ${reasonOf(installed)}` };
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.duckdb_extension'))) {
    const [version = '', name = ''] = file.split(path.sep).slice(-2);
    const into = path.join(home, '.duckdb', 'extensions', version, platform());
    mkdirSync(into, { recursive: true });
    cpSync(path.join(folder, file), path.join(into, name));
  }
  writeFileSync(done, '');
  return { python, home };
}

/** As DuckDB names it. */
function platform(): string {
  const system = process.platform === 'darwin' ? 'osx' : 'linux';
  return `${system}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
}

function run(command: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: 'utf8', timeout: 540_000 });
}

function reasonOf({ stderr, error }: SpawnSyncReturns<string>): string {
  return error?.message ?? stderr.trim().split('\n').slice(-3).join(' ');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
