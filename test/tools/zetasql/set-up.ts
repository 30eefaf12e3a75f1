import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const FOLDER = import.meta.dirname;
const INSTALLED = path.join(FOLDER, 'node_modules/.package-lock.json');

/**
 * Installs Google's SQL analyzer for the tests, once, before they start. It has 112 MB, so neither users nor `npm ci`
 * get it. Where it cannot be had, tests that need it are skipped, loudly, but in CI they fail.
 */
export default function setUp(): void {
  if (isInstalled()) return;
  console.log("installing Google's SQL analyzer for the tests (112 MB, once) …");
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, stderr } = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status === 0) return;
  rmSync(path.join(FOLDER, 'node_modules'), { recursive: true, force: true });
  const message = `Google's SQL analyzer cannot be installed, so BigQuery's SQL is not checked:\n${stderr}`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  console.warn(`\n*** SKIPPED: ${message} ***\n`);
}

/** Whether what the lock file pins is there. */
export function isInstalled(): boolean {
  if (!existsSync(INSTALLED)) return false;
  return pinned(INSTALLED) === pinned(path.join(FOLDER, 'package-lock.json'));
}

function pinned(file: string): string {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as {
    packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
  };
  const { version, integrity } = packages['node_modules/@fivetrandevelopers/zetasql'] ?? {};
  return `${version ?? ''} ${integrity ?? ''}`;
}
