import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LocalFile } from '../../../src/avro/types.js';
import { HeaploadError } from '../../../src/errors.js';
import { directoryStore } from '../../../src/source/directory-store.js';
import type { ObjectStore } from '../../../src/source/object-store.js';
import { codeOf, collect, errorOf, putFile, tempSource } from './temp-source.js';

async function keys(store: ObjectStore, prefix = ''): Promise<string[]> {
  return (await collect(store.list(prefix))).map((info) => info.key).sort();
}

async function text(store: ObjectStore, key: string, options = {}): Promise<string> {
  return Buffer.concat(await collect((await store.open(key, options)).bytes)).toString('latin1');
}

/** Runs `action` as a user to whom file modes apply. */
async function unprivileged<T>(action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid?.(65534);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

describe('list', () => {
  it('gives every file below the prefix, hidden ones too, with / between the parts', async () => {
    const root = await tempSource({
      'manifests/sync_1.json': '{}',
      'sync_1/users/a.avro': 'abc',
      'sync_1/users/deep/er/b.avro': '',
      'sync_10/users/c.avro': '',
      '.DS_Store': '',
      'sync_1/.hidden/x': '',
    });
    await mkdir(join(root, 'empty'));
    const store = directoryStore(root, {});
    expect(await keys(store)).toEqual([
      '.DS_Store',
      'manifests/sync_1.json',
      'sync_1/.hidden/x',
      'sync_1/users/a.avro',
      'sync_1/users/deep/er/b.avro',
      'sync_10/users/c.avro',
    ]);
    expect(await keys(store, 'sync_1')).toHaveLength(4);
    expect(await keys(store, 'sync_1/')).toHaveLength(3);
    expect(await keys(store, 'sync_1/users/d')).toEqual(['sync_1/users/deep/er/b.avro']);
    expect(await keys(store, 'sync_1/users/a.avro')).toEqual(['sync_1/users/a.avro']);
    for (const prefix of ['sync_2/', 'sync_1/users/a.avro/', 'sync_1//', './', 'zzz']) {
      expect(await keys(store, prefix)).toEqual([]);
    }
  });

  it('agrees with a plain filter over all keys for any prefix', async () => {
    const all = ['a', 'ab/c', 'ab/cd', 'ab/cd2/e', 'abc/x', 'b/a/b/a', 'b/a/c'];
    const root = await tempSource(Object.fromEntries(all.map((key) => [key, key])));
    const store = directoryStore(root, {});
    const prefixes = fc.oneof(
      fc
        .string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 5 })
        .filter((p) => !p.startsWith('/')),
      fc.constantFrom(...all).chain((key) => fc.nat(key.length).map((length) => key.slice(0, length))),
    );
    await fc.assert(
      fc.asyncProperty(prefixes, async (prefix) => {
        expect(await keys(store, prefix)).toEqual(all.filter((key) => key.startsWith(prefix)));
      }),
    );
  });

  it('tells size, modification time and an etag that changes with either', async () => {
    const root = await tempSource({ a: 'abc' });
    const store = directoryStore(root, { bucket: 'b' });
    expect(store).toMatchObject({ bucket: 'b', location: root });
    const at = new Date('2026-01-02T03:04:05.500Z');
    await utimes(join(root, 'a'), at, at);
    const [before] = await collect(store.list('a'));
    expect(before).toMatchObject({ key: 'a', size: 3, modifiedAt: at.getTime() });
    expect((await store.open('a')).info).toEqual(before);

    await writeFile(join(root, 'a'), 'abcd');
    await utimes(join(root, 'a'), at, at);
    const [longer] = await collect(store.list('a'));
    expect(longer?.etag).not.toBe(before?.etag);

    await truncate(join(root, 'a'), 3);
    await utimes(join(root, 'a'), at, new Date(at.getTime() + 1));
    const [later] = await collect(store.list('a'));
    expect(later?.etag).not.toBe(before?.etag);
  });

  it('follows links to files and folders inside, and passes over links to nothing', async () => {
    const root = await tempSource({ 'real/a.avro': 'abc' });
    await symlink(join(root, 'real/a.avro'), join(root, 'file-link'));
    await symlink('real', join(root, 'folder-link'));
    await symlink('nowhere', join(root, 'dangling'));
    await symlink('itself', join(root, 'itself'));
    const store = directoryStore(root, {});
    expect(await keys(store)).toEqual(['file-link', 'folder-link/a.avro', 'real/a.avro']);
    expect(await keys(store, 'folder-link/a')).toEqual(['folder-link/a.avro']);
    expect(await text(store, 'file-link')).toBe('abc');
    expect(await text(store, 'folder-link/a.avro')).toBe('abc');
    expect(await codeOf(() => store.open('dangling'))).toBe('SOURCE_MISSING');
    expect(await codeOf(() => store.open('itself'))).toBe('SOURCE_MISSING');
  });

  it('refuses links that lead out, to files and to folders', async () => {
    const outside = await tempSource({ 'secret/x': 's' });
    for (const target of [join(outside, 'secret/x'), join(outside, 'secret'), outside, '/', '..']) {
      const root = await tempSource({ ok: '' });
      await symlink(target, join(root, 'link'));
      const store = directoryStore(root, {});
      const error = await errorOf(() => keys(store));
      expect(error).toMatchObject({ code: 'URI_FOREIGN', place: { file: 'link' } });
      expect(await codeOf(() => store.open('link'))).toBe('URI_FOREIGN');
      expect(await codeOf(() => keys(store, 'link/'))).toBe('URI_FOREIGN');
      expect(await keys(store, 'ok')).toEqual(['ok']);
    }
  });

  it('does not take a neighbour whose name begins like the directory for a part of it', async () => {
    const parent = await tempSource({ 'dumps/ok': '', 'dumps-secret/x': 's' });
    await symlink('../dumps-secret/x', join(parent, 'dumps/link'));
    expect(await codeOf(() => directoryStore(join(parent, 'dumps'), {}).open('link'))).toBe('URI_FOREIGN');
  });

  it('stops at links that make the directory endless', async () => {
    for (const target of ['.', '..', '../..']) {
      const root = await tempSource({ 'a/b/c': '' });
      await symlink(target, join(root, 'a/b/loop'));
      expect(await codeOf(() => keys(directoryStore(root, {})))).toBe('SOURCE_UNREADABLE');
      expect(await codeOf(() => keys(directoryStore(root, {}), 'a/b/'))).toBe('SOURCE_UNREADABLE');
    }
  });

  it('takes the directory itself through a link', async () => {
    const parent = await tempSource({ 'real/a/b': 'x' });
    await symlink('real', join(parent, 'link'));
    const store = directoryStore(join(parent, 'link'), {});
    expect(await keys(store)).toEqual(['a/b']);
    expect(await text(store, 'a/b')).toBe('x');
  });

  it('says which setting is wrong when the directory is not there', async () => {
    const root = await tempSource({ file: '' });
    for (const path of [join(root, 'nope'), join(root, 'file'), join(root, 'file/below')]) {
      const store = directoryStore(path, {});
      for (const action of [() => keys(store), () => store.open('a')]) {
        const error = await errorOf(action);
        expect(error).toMatchObject({ code: 'SOURCE_MISSING', place: { file: path } });
        expect(error.hint).toContain('source.path');
      }
    }
  });

  it('is lazy: it reads no further than it is asked', async () => {
    const root = await tempSource(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}/x`, ''])));
    const seen: string[] = [];
    for await (const info of directoryStore(root, {}).list('')) {
      seen.push(info.key);
      await rm(root, { recursive: true });
      break;
    }
    expect(seen).toHaveLength(1);
  });

  it('stops when the signal is aborted', async () => {
    const root = await tempSource({ a: '', b: '', c: '' });
    const controller = new AbortController();
    const store = directoryStore(root, {});
    const seen: string[] = [];
    const code = await codeOf(async () => {
      for await (const info of store.list('', { signal: controller.signal })) {
        seen.push(info.key);
        controller.abort();
      }
    });
    expect([code, seen.length]).toEqual(['INTERRUPTED', 1]);
    const reason = new HeaploadError('LEASE_LOST', 'lost', { hint: 'h' });
    expect(await errorOf(() => collect(store.list('', { signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(await errorOf(() => store.open('a', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  it.skipIf(process.platform !== 'linux')(
    'names a file whose name is not UTF-8 instead of losing it',
    async () => {
      const root = await tempSource();
      await writeFile(
        Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff]), Buffer.from('.avro')]),
        '',
      );
      const error = await errorOf(() => keys(directoryStore(root, {})));
      expect(error.message).toContain('not valid UTF-8');
    },
  );
});

describe('open', () => {
  const big = Buffer.alloc(2_800_001, 'abcdefghijklmnopqrstuvwxyz0123456789');

  it('gives any range, also one beyond the end', async () => {
    const root = await tempSource({ big });
    const store = directoryStore(root, {});
    const bound = fc.option(fc.nat(800_000), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(bound, bound, async (start, end) => {
        const options = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
        const body = await store.open('big', options);
        expect(body.info.size).toBe(big.length);
        const wanted = big.subarray(start ?? 0, Math.max(start ?? 0, end ?? big.length));
        expect(Buffer.concat(await collect(body.bytes)).equals(wanted)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('reads in pieces, and chunks already given do not change later', async () => {
    const root = await tempSource({ big });
    const chunks = await collect((await directoryStore(root, {}).open('big')).bytes);
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).equals(big)).toBe(true);
  });

  it('reads empty files, and file names with every odd character', async () => {
    const names = [
      'empty',
      'per%2Fcent',
      'qu?estion',
      'ha#sh',
      'spa ce',
      'ünï/日本.avro',
      'quo\'te"',
      'back\\slash',
      '...',
      'a..b',
    ];
    const root = await tempSource(
      Object.fromEntries(names.map((name) => [name, name === 'empty' ? '' : 'x'])),
    );
    const store = directoryStore(root, {});
    expect(await keys(store)).toEqual([...names].sort());
    for (const name of names) expect(await text(store, name)).toBe(name === 'empty' ? '' : 'x');
  });

  it('fails when the file is not the one that was listed', async () => {
    const root = await tempSource({ a: 'one' });
    const store = directoryStore(root, {});
    const { etag } = (await store.open('a')).info;
    expect(await text(store, 'a', { etag })).toBe('one');
    await appendFile(join(root, 'a'), '!');
    expect(await errorOf(() => store.open('a', { etag }))).toMatchObject({
      code: 'SOURCE_CHANGED',
      place: { file: 'a' },
    });
    expect(await text(store, 'a')).toBe('one!');
  });

  it('fails when the file is replaced, rewritten, cut or removed while it is read', async () => {
    const changes: Readonly<Record<string, (path: string) => Promise<void>>> = {
      'replaced before the first byte': async (path) => {
        await writeFile(`${path}.new`, 'new');
        await rename(`${path}.new`, path);
      },
      rewritten: (path) => appendFile(path, '!'),
      cut: (path) => truncate(path, 1_200_000),
    };
    for (const [name, change] of Object.entries(changes)) {
      const root = await tempSource({ a: big });
      const body = await directoryStore(root, {}).open('a');
      if (name.startsWith('replaced')) await change(join(root, 'a'));
      const code = await codeOf(async () => {
        for await (const _ of body.bytes) if (!name.startsWith('replaced')) await change(join(root, 'a'));
      });
      expect([name, code]).toEqual([name, 'SOURCE_CHANGED']);
    }
    const root = await tempSource({ a: big });
    const body = await directoryStore(root, {}).open('a');
    await rm(join(root, 'a'));
    expect(await codeOf(() => collect(body.bytes))).toBe('SOURCE_MISSING');
  });

  it('goes on with the old content when the file is replaced as a whole while it is read', async () => {
    const root = await tempSource({ a: big });
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await directoryStore(root, {}).open('a')).bytes) {
      if (chunks.length === 0) {
        await putFile(root, 'b', Buffer.alloc(big.length));
        await rename(join(root, 'b'), join(root, 'a'));
      }
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(big)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')(
    'holds no file open for a body that is unread, left early or failed',
    async () => {
      const root = await tempSource({ a: big });
      const store = directoryStore(root, {});
      const openFiles = async (): Promise<number> => {
        const links = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`], { encoding: 'utf8' });
        return Promise.resolve(links.split('\n').filter((line) => line.includes(root)).length);
      };
      await store.open('a');
      expect(await openFiles()).toBe(0);
      for await (const _ of (await store.open('a')).bytes) {
        expect(await openFiles()).toBe(1);
        break;
      }
      expect(await openFiles()).toBe(0);
      const controller = new AbortController();
      const code = await codeOf(async () => {
        for await (const _ of (await store.open('a', { signal: controller.signal })).bytes)
          controller.abort();
      });
      expect([code, await openFiles()]).toEqual(['INTERRUPTED', 0]);
    },
  );

  it('says what is missing: a file, a folder on the way, a folder itself, another spelling', async () => {
    const root = await tempSource({ 'sync_1/users/a.avro': 'x' });
    const store = directoryStore(root, {});
    const absent = [
      'nope',
      'sync_1/users/a.avro/x',
      'sync_1/users',
      'sync_1/',
      'sync_1//users/a.avro',
      './sync_1/users/a.avro',
      'n'.repeat(5000),
    ];
    for (const key of absent) {
      expect(await errorOf(() => store.open(key))).toMatchObject({
        code: 'SOURCE_MISSING',
        place: { file: key },
      });
    }
  });

  it.skipIf(process.platform === 'win32')('does not wait for pipes or sockets', async () => {
    const root = await tempSource();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
    const store = directoryStore(root, {});
    expect(await keys(store)).toEqual([]);
    expect(await codeOf(() => store.open('pipe'))).toBe('SOURCE_MISSING');
    expect(['SOURCE_MISSING', 'SOURCE_UNREADABLE']).toContain(await codeOf(() => store.open('socket')));
    await new Promise((resolve) => server.close(resolve));
  });

  it.skipIf(process.platform === 'win32')('says when the user may not read', async () => {
    const root = await tempSource({ 'closed/x': 'x', file: 'x' });
    await chmod(root, 0o755);
    await chmod(join(root, 'file'), 0);
    await chmod(join(root, 'closed'), 0);
    const store = directoryStore(root, {});
    const errors = await unprivileged(async () => [
      await errorOf(() => store.open('file')),
      await errorOf(() => store.open('closed/x')),
      await errorOf(() => keys(store)),
      await errorOf(() => keys(directoryStore(join(root, 'closed/inner'), {}))),
    ]);
    await chmod(join(root, 'closed'), 0o755);
    expect(errors.map((error) => error.code)).toEqual(Array(4).fill('SOURCE_DENIED'));
    expect(errors.map((error) => error.place.file)).toEqual([
      'file',
      'closed/x',
      'closed/',
      join(root, 'closed/inner'),
    ]);
  });
});

describe('local', () => {
  const big = Buffer.alloc(1_400_001, 'abcdefghijklmnopqrstuvwxyz0123456789');

  async function found(root: string, key: string, options?: { readonly etag?: string }): Promise<LocalFile> {
    const file = await directoryStore(root, {}).local?.(key, options);
    if (file === undefined) throw new Error('a directory has its files here');
    return file;
  }

  function read(file: LocalFile, position: number, length: number): Buffer {
    const into = Buffer.alloc(length);
    file.read(into, position);
    return into;
  }

  it('gives any range of the file, as often as asked', async () => {
    const file = await found(await tempSource({ 'a/big': big }), 'a/big');
    expect(file.size).toBe(big.length);
    fc.assert(
      fc.property(fc.nat(big.length), fc.nat(big.length), (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        expect(read(file, from, to - from).equals(big.subarray(from, to))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('fails when the file is not the one that was listed', async () => {
    const root = await tempSource({ a: 'one' });
    const { etag } = (await directoryStore(root, {}).open('a')).info;
    expect(read(await found(root, 'a', { etag }), 1, 2).toString()).toBe('ne');
    await appendFile(join(root, 'a'), '!');
    expect(await errorOf(() => found(root, 'a', { etag }))).toMatchObject({
      code: 'SOURCE_CHANGED',
      place: { file: 'a' },
    });
    expect((await found(root, 'a')).size).toBe(4);
  });

  it('fails when the file is replaced, rewritten, cut or removed between two reads', async () => {
    const changes: Readonly<Record<string, readonly [string, (path: string) => Promise<void>]>> = {
      'replaced by one of its size': [
        'SOURCE_CHANGED',
        async (path) => {
          await writeFile(`${path}.new`, big);
          await rename(`${path}.new`, path);
        },
      ],
      'rewritten with what it had': ['SOURCE_CHANGED', (path) => writeFile(path, big)],
      longer: ['SOURCE_CHANGED', (path) => appendFile(path, '!')],
      cut: ['SOURCE_CHANGED', (path) => truncate(path, 500)],
      removed: ['SOURCE_MISSING', (path) => rm(path)],
    };
    for (const [name, [expected, change]] of Object.entries(changes)) {
      const root = await tempSource({ a: big });
      const file = await found(root, 'a');
      expect(read(file, 0, 9).toString()).toBe('abcdefghi');
      await change(join(root, 'a'));
      const error = await errorOf(() => read(file, 9, 9));
      expect([name, error.code, error.place.file]).toEqual([name, expected, 'a']);
    }
  });

  it('refuses keys that climb, links that lead out, and what is no file', async () => {
    const outside = await tempSource({ x: 'secret' });
    const root = await tempSource({ 'real/a': 'abc' });
    await symlink(join(outside, 'x'), join(root, 'out'));
    await symlink('real', join(root, 'in'));
    for (const key of ['out', '../x', '/etc/passwd', 'real/../../x'])
      expect([key, await codeOf(() => found(root, key))]).toEqual([key, 'URI_FOREIGN']);
    for (const key of ['nope', 'real', 'real//a'])
      expect([key, await codeOf(() => found(root, key))]).toEqual([key, 'SOURCE_MISSING']);
    expect(read(await found(root, 'in/a'), 0, 3).toString()).toBe('abc');
  });

  it.skipIf(process.platform === 'win32')('says when the user may not read any more', async () => {
    const root = await tempSource({ a: 'abc' });
    await chmod(root, 0o755);
    const file = await found(root, 'a');
    await chmod(join(root, 'a'), 0);
    expect((await unprivileged(() => errorOf(() => read(file, 0, 3)))).code).toBe('SOURCE_DENIED');
  });

  it.skipIf(process.platform !== 'linux')('holds no file open', async () => {
    const root = await tempSource({ a: big });
    const file = await found(root, 'a');
    read(file, 0, 1000);
    await truncate(join(root, 'a'), 5);
    await errorOf(() => read(file, 0, 1000));
    const links = execFileSync('ls', ['-l', `/proc/${process.pid}/fd`], { encoding: 'utf8' });
    expect(links).not.toContain(root);
  });
});

describe('keys that try to climb', () => {
  const hostile = [
    '',
    '..',
    '../x',
    'a/../../x',
    'a/..',
    '/etc/passwd',
    '//etc/passwd',
    '\\x',
    '..\\x',
    'a\\..\\..\\x',
    'a\0b',
    '\0',
    'a\ud800',
  ];

  it('are refused, whether opened or listed', async () => {
    const parent = await tempSource({ x: 'secret', 'root/a/b': '' });
    const store = directoryStore(join(parent, 'root'), {});
    for (const key of hostile) {
      expect([key, await codeOf(() => store.open(key))]).toEqual([key, 'URI_FOREIGN']);
      if (key !== '') expect([key, await codeOf(() => keys(store, `${key}/`))]).toEqual([key, 'URI_FOREIGN']);
    }
  });

  it('never reach a file outside, whatever they are made of', async () => {
    const parent = await tempSource({
      x: 'secret',
      'rootx/x': 'secret',
      'root/x': 'inside',
      'root/a/x': 'inside',
    });
    const store = directoryStore(join(parent, 'root'), {});
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'x',
      'root',
      '..\\',
      '%2e%2e',
      '%2F',
      '\0',
      parent,
      '~',
      'C:',
      '．．',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.constantFrom('/', '\\'), async (parts, by) => {
        try {
          expect(await text(store, parts.join(by))).toBe('inside');
        } catch (error) {
          if (!(error instanceof HeaploadError)) throw error;
          expect(['URI_FOREIGN', 'SOURCE_MISSING']).toContain(error.code);
        }
      }),
      { numRuns: 500 },
    );
    expect(await readdir(parent)).toHaveLength(3);
  });
});
