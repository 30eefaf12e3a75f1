import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { openSpool } from '../../../warehouses/snowflake/spool.js';

const HOST = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
const { signal } = new AbortController();

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), 'heapload-test-spool-'));
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

async function* bytes(...texts: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

describe('the directory for containers', () => {
  it('holds what is written, for nobody else to read, and is gone when it is closed', async () => {
    const spool = await openSpool(parent);
    await spool.write('0000.avro', bytes('a', 'b'), signal);
    const file = path.join(spool.directory, '0000.avro');
    expect(await readFile(file, 'utf8')).toBe('ab');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(spool.directory)).mode & 0o777).toBe(0o700);
    await spool.remove('0000.avro');
    expect(await readdir(spool.directory)).toEqual([]);
    await spool.write('0001.avro', bytes('c'), signal);
    await spool.close();
    expect(await readdir(parent)).toEqual([]);
  });

  it('is made with its parents', async () => {
    const spool = await openSpool(path.join(parent, 'a/b'));
    expect(path.dirname(spool.directory)).toBe(path.join(parent, 'a/b'));
  });

  it('clears what killed processes of this machine have left, and nothing else', async () => {
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const keep = [
      `heapload-spool-${HOST}-${process.pid}-live`,
      `heapload-spool-ffffffff-${dead}-elsewhere`,
      'heapload-spool',
      'of-somebody-else',
    ];
    const left = `heapload-spool-${HOST}-${dead}-left`;
    for (const name of [...keep, left]) await mkdir(path.join(parent, name));
    await writeFile(path.join(parent, left, '0000.avro'), 'x');
    const spool = await openSpool(parent);
    expect(await readdir(parent)).toEqual([...keep, path.basename(spool.directory)].sort());
  });

  it('an error of the source stays what it is', async () => {
    const spool = await openSpool(parent);
    const damaged = new HeaploadError('AVRO_INVALID', 'damaged', { hint: 'none' });
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield* bytes('a');
      throw damaged;
    }
    await expect(spool.write('0000.avro', failing(), signal)).rejects.toBe(damaged);
  });

  it('a disk that cannot be written is named, with what to do', async () => {
    await writeFile(path.join(parent, 'file'), '');
    const error: unknown = await openSpool(path.join(parent, 'file')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      place: { file: path.join(parent, 'file') },
    });
    expect((error as HeaploadError).hint).toContain('spool_directory');
    const spool = await openSpool(parent);
    await spool.close();
    await expect(spool.write('0000.avro', bytes('a'), signal)).rejects.toMatchObject({
      code: 'WAREHOUSE_UNAVAILABLE',
      message: 'A container cannot be written (ENOENT).',
    });
  });
});
