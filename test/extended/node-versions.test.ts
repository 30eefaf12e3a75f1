import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const exec = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const folders: string[] = [];

/** A Node.js of that version from the npm registry; undefined when it cannot be had. */
async function nodeOf(version: number): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-node-'));
  folders.push(folder);
  try {
    await exec('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`], {
      cwd: folder,
    });
    const node = path.join(folder, 'node_modules/.bin/node');
    const { stdout } = await exec(node, ['--version']);
    return stdout.startsWith(`v${version}.`) ? node : undefined;
  } catch {
    return undefined;
  }
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** The default suite runs on one version; this shows that the others can do without it. */
describe.each([22, 24])('Node.js %i', (version) => {
  it('reads Avro with its own zstandard decoder, loads the demo, and runs what is installed', async (context) => {
    const node = await nodeOf(version);
    if (node === undefined) {
      console.warn(`SKIPPED: Node.js ${version} could not be installed from the npm registry`);
      context.skip(`Node.js ${version} cannot be installed here`);
      return;
    }
    const environment = { ...process.env, NO_COLOR: '1' };
    const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
    const avro = await exec(node, [vitest, 'run', 'test/unit/avro', 'test/unit/sample.test.ts'], {
      cwd: root,
      env: environment,
    });
    expect(avro.stdout).toMatch(/Tests\s+\d+ passed/);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-demo-'));
    folders.push(folder);
    const demo = await exec(node, ['dist/scripts/demo.js', folder], { cwd: root, env: environment });
    expect(demo.stdout).toContain('0 differences');
    const config = path.join(folder, 'integration.yml');
    const status = await exec(node, ['dist/cli/heapload.js', 'status', '-c', config], {
      cwd: root,
      env: environment,
    });
    expect(status.stdout).toMatch(/^pageviews +\d/m);
  }, 300_000);
});
