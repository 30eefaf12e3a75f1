import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directoryStore } from '../../../src/source/directory-store.js';
import { compilePattern } from '../../../src/source/file-patterns.js';
import { listDataFiles } from '../../../src/source/files-layout.js';
import { naturalSortKey } from '../../../src/source/natural-order.js';
import type { ObjectInfo, ObjectStore } from '../../../src/source/object-store.js';
import { codeOf, errorOf, tempSource } from './temp-source.js';

async function tables(
  files: readonly string[],
  patterns: readonly string[] = [],
  prefix = '',
): Promise<Record<string, readonly string[]>> {
  const root = await tempSource(Object.fromEntries(files.map((file) => [file, ''])));
  const at = new Date('2026-01-01');
  for (const file of files) await utimes(join(root, file), at, at);
  const found = await listDataFiles(directoryStore(root, {}), prefix, patterns);
  return Object.fromEntries([...found].map(([table, list]) => [table, list.map((file) => file.key)]));
}

/** A store of these objects that notes what was listed. */
function storeOf(infos: readonly ObjectInfo[], listed: string[] = []): ObjectStore {
  return {
    bucket: undefined,
    location: 'test',
    async *list(prefix) {
      listed.push(prefix);
      for (const info of infos) if (info.key.startsWith(prefix)) yield await Promise.resolve(info);
    },
    open: () => Promise.reject(new Error('not opened by listing')),
  };
}

describe('without patterns', () => {
  it('takes .avro objects below sync_<n>/<table>/, nested ones too, manifest or not', async () => {
    const found = await tables([
      'sync_999/users/a.avro',
      'sync_1000/users/deep/er/b.avro',
      'sync_1000/_event_metadata/c.avro',
      'sync_1000/sign up/d.avro',
      'sync_1000/users/e.AVRO',
      'sync_1000/users/f.avro.crc',
      'sync_1000/users/.avro',
      'sync_1000/users/_SUCCESS',
      'sync_1000/users.avro',
      'sync_1000/property_definitions.json',
      'sync_reports/users/g.avro',
      'sync_/users/h.avro',
      'sync_1x/users/i.avro',
      'xsync_1/users/j.avro',
      'manifests/sync_1.json',
      'users/k.avro',
    ]);
    expect(found).toEqual({
      _event_metadata: ['sync_1000/_event_metadata/c.avro'],
      'sign up': ['sync_1000/sign up/d.avro'],
      users: ['sync_999/users/a.avro', 'sync_1000/users/deep/er/b.avro'],
    });
    expect(Object.keys(found)).toEqual(['_event_metadata', 'sign up', 'users']);
  });

  it('stays below the prefix, and reads its characters literally', async () => {
    const files = ['sync_1/users/a.avro', 'a.b/sync_1/users/b.avro', 'axb/sync_1/users/c.avro'];
    expect(await tables(files, [], 'a.b/')).toEqual({ users: ['a.b/sync_1/users/b.avro'] });
  });
});

describe('the order of files', () => {
  it('is modification time, then numeric-aware key', async () => {
    const root = await tempSource({
      'sync_2/users/late.avro': '',
      'sync_10/users/early.avro': '',
      'sync_9/users/part-10.avro': '',
      'sync_9/users/part-9.avro': '',
      'sync_10/users/part-1.avro': '',
    });
    for (const [file, second] of Object.entries({
      'sync_2/users/late.avro': 9,
      'sync_10/users/early.avro': 1,
      'sync_9/users/part-10.avro': 5,
      'sync_9/users/part-9.avro': 5,
      'sync_10/users/part-1.avro': 5,
    })) {
      await utimes(join(root, file), second, second);
    }
    const files = (await listDataFiles(directoryStore(root, {}), '', [])).get('users') ?? [];
    expect(files.map(({ key, modifiedAt }) => [key, modifiedAt])).toEqual([
      ['sync_10/users/early.avro', 1000],
      ['sync_9/users/part-9.avro', 5000],
      ['sync_9/users/part-10.avro', 5000],
      ['sync_10/users/part-1.avro', 5000],
      ['sync_2/users/late.avro', 9000],
    ]);
    for (const file of files) expect(file.sortKey).toBe(naturalSortKey(file.key));
  });

  it('does not depend on the order of the listing', async () => {
    const info = fc.record({
      key: fc
        .tuple(fc.nat(12), fc.constantFrom('users', 'sessions'), fc.nat(12), fc.constantFrom('', '0'))
        .map(([dump, table, part, pad]) => `sync_${dump}/${table}/${pad}${part}.avro`),
      size: fc.nat(),
      etag: fc.string(),
      modifiedAt: fc.nat(3),
    });
    const lists = fc
      .uniqueArray(info, { selector: ({ key }) => key })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    await fc.assert(
      fc.asyncProperty(lists, async ([one, other]) => {
        const [a, b] = await Promise.all([one, other].map((infos) => listDataFiles(storeOf(infos), '', [])));
        expect([...(b ?? [])]).toEqual([...(a ?? [])]);
        expect([...(a ?? new Map<string, readonly unknown[]>()).values()].flat()).toHaveLength(one.length);
      }),
    );
  });
});

describe('patterns', () => {
  it.each([
    ['exports/{table}/*.avro', 'exports/users/a.avro', 'users'],
    ['exports/{table}/*.avro', 'exports/users/deep/a.avro', undefined],
    ['exports/{table}/**/*.avro', 'exports/users/a.avro', 'users'],
    ['exports/{table}/**/*.avro', 'exports/users/deep/er/a.avro', 'users'],
    ['**/{table}.avro', 'users.avro', 'users'],
    ['**/{table}.avro', 'a/b/users.avro', 'users'],
    ['{table}/**', 'users/a/b', 'users'],
    ['{table}/**', 'users', undefined],
    ['{table}/*', 'users/.hidden', 'users'],
    ['{table}-*.avro', 'page-views-001.avro', 'page-views'],
    ['{table}_part*.avro', 'users_part.avro', 'users'],
    ['dt=*/{table}.avro', 'dt=2026-01-01/users.avro', 'users'],
    ['a.c/{table}', 'abc/users', undefined],
    ['a?[b](c)$|^+{d}/{table}', 'a?[b](c)$|^+{d}/users', 'users'],
    ['a\\d/{table}', 'a5/users', undefined],
    ['a\\d/{table}', 'a\\d/users', 'users'],
    ['{table}', '', undefined],
    ['{table}', 'a/b', undefined],
    ['{table}.avro', 'users\n.avro', 'users\n'],
    ['{table}.avro', 'users.avro\n', undefined],
  ])('%s takes %j for table %s', (pattern, key, table) => {
    const compiled = compilePattern(pattern);
    expect(compiled.tableOf(key)).toBe(table);
    if (table !== undefined) expect(key.startsWith(compiled.head)).toBe(true);
  });

  it.each([
    '',
    'users/*.avro',
    '{table}/{table}.avro',
    'a**/{table}',
    '{table}/**.avro',
    '***/{table}',
    '{TABLE}/x',
  ])('refuse %j', async (pattern) => {
    expect(await codeOf(() => compilePattern(pattern))).toBe('CONFIG_INVALID');
  });

  it('name themselves in their error', async () => {
    const error = await errorOf(() => listDataFiles(storeOf([]), '', ['{table}/*', 'users/*.avro']));
    expect(error.message).toContain('source.patterns: "users/*.avro"');
  });

  it('are tried in their order, and count below the prefix', async () => {
    const files = ['p/daily/users/a.avro', 'p/special/users/b.avro', 'p/other/c.txt', 'daily/users/d.avro'];
    expect(await tables(files, ['special/users/{table}.avro', '*/{table}/*.avro'], 'p/')).toEqual({
      b: ['p/special/users/b.avro'],
      users: ['p/daily/users/a.avro'],
    });
  });

  it('list no more of the bucket than they share', async () => {
    const listed: string[] = [];
    const store = storeOf([], listed);
    await listDataFiles(store, 'p/', ['exports/{table}/*', 'exports/x*/{table}']);
    await listDataFiles(store, '', ['a/{table}', 'b/{table}']);
    await listDataFiles(store, 'p/', []);
    await listDataFiles(store, '', ['**/{table}.avro']);
    expect(listed).toEqual(['p/exports/', '', 'p/sync_', '']);
  });

  it('never take longer than the key deserves', () => {
    const compiled = compilePattern('**/**/**/*-*-*-*/{table}_*_*.avro');
    const started = performance.now();
    expect(compiled.tableOf(`${'a-'.repeat(250)}/${'b/'.repeat(200)}${'_'.repeat(120)}`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
