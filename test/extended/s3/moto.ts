import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, pythonEnvironment } from '../python.js';

export interface Moto {
  readonly address: string;
  stop(): void;
}

const START_MS = 60_000;

/** Starts moto's server of AWS, S3 and STS at one address, or says why it cannot be had. */
export async function startMoto(): Promise<Moto | { readonly missing: string }> {
  const environment = pythonEnvironment('moto', path.join(import.meta.dirname, 'requirements.txt'));
  if ('missing' in environment) return environment;
  const port = String(await freePort());
  const server = path.join(environment.folder, 'bin', 'moto_server');
  const child = spawn(server, ['--host', '127.0.0.1', '--port', port], { stdio: 'ignore' });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const stop = (): void => {
    process.removeListener('exit', kill);
    kill();
  };
  const address = `http://127.0.0.1:${port}`;
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    if (child.exitCode !== null) return { missing: `moto ended with ${child.exitCode}` };
    const answered = await fetch(`${address}/moto-api/data.json`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return { address, stop };
    await pause(200);
  }
  stop();
  return { missing: 'moto did not start' };
}
