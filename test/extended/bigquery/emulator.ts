import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Environment, freePort, pythonEnvironment } from '../python.js';

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

function install(): Installed | { readonly missing: string } {
  const environment = pythonEnvironment('bqemulator', REQUIREMENTS, giveExtensions);
  if ('missing' in environment) return environment;
  return { python: environment.python, home: homeOf(environment) };
}

/** DuckDB looks for its extensions in a home folder; PyPI brings them elsewhere. */
function giveExtensions(environment: Environment): void {
  const files = readdirSync(environment.folder, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.duckdb_extension'))) {
    const [version = '', name = ''] = file.split(path.sep).slice(-2);
    const into = path.join(homeOf(environment), '.duckdb', 'extensions', version, platform());
    mkdirSync(into, { recursive: true });
    cpSync(path.join(environment.folder, file), path.join(into, name));
  }
}

function homeOf({ folder }: Environment): string {
  return path.join(folder, 'home');
}

/** As DuckDB names it. */
function platform(): string {
  const system = process.platform === 'darwin' ? 'osx' : 'linux';
  return `${system}_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
}
