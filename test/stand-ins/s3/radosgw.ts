import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('radosgw.sh', import.meta.url));
const BINARIES = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph-authtool', 'monmaptool'];

export interface Radosgw {
  readonly address: string;
  /** Runs radosgw-admin; rejects when it fails. */
  admin(...args: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** A ceph object gateway on loopback, or why there is none; installs its packages when it may. */
export async function startRadosgw(): Promise<Radosgw | { readonly missing: string }> {
  const missing = await installed();
  if (missing !== undefined) return { missing };
  const folder = await mkdtemp(join(tmpdir(), 'heapload-radosgw-'));
  const stop = async (): Promise<void> => {
    await run(SCRIPT, ['stop', folder]);
  };
  try {
    const { stdout } = await run(SCRIPT, ['start', folder]);
    return {
      address: stdout.trim(),
      async admin(...args) {
        await run(SCRIPT, ['admin', folder, ...args]);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function installed(): Promise<string | undefined> {
  if (await found()) return undefined;
  try {
    await run(SCRIPT, ['install'], { timeout: 240_000 });
  } catch (error) {
    return `the packages of ceph radosgw are not here and cannot be installed: ${String(error).slice(0, 200)}`;
  }
  return (await found())
    ? undefined
    : 'the packages of ceph radosgw were installed but their programs are not found';
}

async function found(): Promise<boolean> {
  try {
    for (const binary of BINARIES) await run('sh', ['-c', `command -v ${binary}`]);
    return true;
  } catch {
    return false;
  }
}
