import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePlace } from '../../../src/errors.js';
import { directoryStore } from '../../../src/source/directory-store.js';
import {
  listManifests,
  type Manifest,
  MAX_MANIFEST_BYTES,
  readManifest,
  readManifests,
} from '../../../src/source/manifests.js';
import type { ObjectStore } from '../../../src/source/object-store.js';
import { codeOf, errorOf, putFile, tempSource } from './temp-source.js';

const BUCKET = 'heap-rs3-acme';

/** A manifest as Heap writes it, with what a test says of it. */
function manifestText(dumpId: string, tables: readonly object[], more = ''): string {
  return `{"dump_id": ${dumpId}, "tables": ${JSON.stringify(tables)}${more}}`;
}

function users(more: object = {}): object {
  const files = [`s3://${BUCKET}/sync_7/users/b.avro`, `s3://${BUCKET}/sync_7/users/a.avro`];
  return { name: 'users', files, columns: ['user_id', 'email'], incremental: true, ...more };
}

/** Reads `text` as the manifest of dump 7 (or another), through a real directory. */
async function read(
  text: string | Uint8Array,
  dump = '7',
  aliases: readonly string[] = [],
): Promise<Manifest> {
  const root = await tempSource({ [`manifests/sync_${dump}.json`]: text });
  const store = directoryStore(root, { bucket: BUCKET });
  const [listed] = (await listManifests(store, '')).manifests;
  if (listed === undefined) throw new Error('no manifest was listed');
  return readManifest(store, listed, { aliases });
}

describe('listManifests', () => {
  async function list(files: readonly string[], prefix = ''): ReturnType<typeof listManifests> {
    const root = await tempSource(Object.fromEntries(files.map((file) => [file, '{}'])));
    return listManifests(directoryStore(root, {}), prefix);
  }

  it('orders dumps as numbers of any length', async () => {
    const ids = [
      9223372036854775807n,
      9007199254740993n,
      9007199254740992n,
      1008461850n,
      1000n,
      999n,
      852n,
      0n,
    ];
    const { manifests, problems } = await list(ids.map((id) => `manifests/sync_${id.toString()}.json`));
    expect(manifests.map((manifest) => manifest.dumpId)).toEqual([...ids].reverse());
    expect(problems).toEqual([]);
  });

  it('takes nothing else for a manifest', async () => {
    const others = [
      'sync_1.json.crc',
      'sync_.json',
      'sync_1a.json',
      'xsync_1.json',
      'Sync_1.json',
      'sync_-1.json',
      'sync_1.JSON',
      'sync_1',
      '.DS_Store',
      'old/sync_2.json',
      'sync_1.json~',
      'sync_１.json',
    ];
    const { manifests, ignored } = await list([
      ...others.map((name) => `manifests/${name}`),
      'manifests/sync_5.json',
      'sync_6/users/a.avro',
      'sync_6/manifests/sync_8.json',
      'sync_9.json',
      'sync_reports/sync_10.json',
      'manifests-old/sync_11.json',
    ]);
    expect(manifests).toMatchObject([{ dumpId: 5n, key: 'manifests/sync_5.json', size: 2 }]);
    expect(ignored).toEqual(others.map((name) => `manifests/${name}`).sort());
  });

  it('looks below the prefix only', async () => {
    const files = [
      'manifests/sync_1.json',
      'acme/heap/manifests/sync_2.json',
      'acme/heap2/manifests/sync_3.json',
    ];
    expect((await list(files, 'acme/heap/')).manifests.map((manifest) => manifest.dumpId)).toEqual([2n]);
    expect((await list(files, 'nothing/')).manifests).toEqual([]);
  });

  it('lists neither of two manifests with one number, and names both', async () => {
    const { manifests, problems } = await list([
      'manifests/sync_05.json',
      'manifests/sync_5.json',
      'manifests/sync_007.json',
      'manifests/sync_6.json',
    ]);
    expect(manifests.map((manifest) => manifest.dumpId)).toEqual([6n, 7n]);
    expect(problems).toMatchObject([
      { dumpId: 5n, error: { code: 'MANIFEST_DUPLICATE', place: { dump: 5n } } },
    ]);
    expect(problems[0]?.error.message).toContain('manifests/sync_05.json and manifests/sync_5.json');
  });

  it('refuses a number no warehouse can hold', async () => {
    const { manifests, problems } = await list([
      'manifests/sync_9223372036854775808.json',
      'manifests/sync_1.json',
    ]);
    expect(manifests.map((manifest) => manifest.dumpId)).toEqual([1n]);
    expect(problems).toMatchObject([{ dumpId: 9223372036854775808n, error: { code: 'MANIFEST_INVALID' } }]);
  });

  it('gives the same list whatever order the store lists in', async () => {
    const names = fc.constantFrom('sync_1', 'sync_01', 'sync_2', 'sync_10', 'sync_9', 'sync_009', 'x');
    await fc.assert(
      fc.asyncProperty(
        fc
          .uniqueArray(names)
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        async ([a, b]) => {
          const [one, other] = await Promise.all(
            [a, b].map((order) => listManifests(listingStore(order), 'p/')),
          );
          expect(JSON.stringify(one, big)).toBe(JSON.stringify(other, big));
        },
      ),
    );
  });
});

function big(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function listingStore(names: readonly string[]): ObjectStore {
  return {
    bucket: undefined,
    location: 'test',
    async *list() {
      for (const name of names) {
        yield await Promise.resolve({ key: `p/manifests/${name}.json`, size: 1, etag: name, modifiedAt: 0 });
      }
    },
    open: () => Promise.reject(new Error('not opened by listing')),
  };
}

describe('readManifest', () => {
  it('turns file URIs into keys and keeps the order of the manifest', async () => {
    const migrations = { name: 'user_migrations', files: [], columns: ['from_user_id'], incremental: false };
    const definitions = `, "property_definitions": "s3a://${BUCKET}/sync_7/property_definitions.json", "new_key": {"a": [1]}`;
    const manifest = await read(manifestText('7', [users({ row_count: 3 }), migrations], definitions));
    expect(manifest).toEqual({
      dumpId: 7n,
      key: 'manifests/sync_7.json',
      etag: manifest.etag,
      propertyDefinitions: 'sync_7/property_definitions.json',
      tables: [
        {
          name: 'users',
          files: ['sync_7/users/b.avro', 'sync_7/users/a.avro'],
          columns: ['user_id', 'email'],
          incremental: true,
        },
        { name: 'user_migrations', files: [], columns: ['from_user_id'], incremental: false },
      ],
    });
    expect(manifest.etag).not.toBe('');
  });

  it.each(['9007199254740993', '9223372036854775807', '1008461850', '0'])(
    'reads dump_id %s to its last digit',
    async (id) => {
      expect((await read(manifestText(id, []), id)).dumpId).toBe(BigInt(id));
      expect((await read(manifestText(`"${id}"`, []), id)).dumpId).toBe(BigInt(id));
    },
  );

  it('does not take a dump_id that is off by one beyond 2^53 for the one in the name', async () => {
    const error = await errorOf(() => read(manifestText('9007199254740992', []), '9007199254740993'));
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID', place: { dump: 9007199254740993n } });
    expect(error.message).toContain('dump_id is 9007199254740992');
    expect(error.message).toContain('says 9007199254740993');
  });

  it('takes the number of a padded name for the same dump', async () => {
    expect((await read(manifestText('7', []), '007')).dumpId).toBe(7n);
  });

  it('does without columns', async () => {
    const missing = { name: 'a', files: [], incremental: true };
    const { tables } = await read(manifestText('7', [missing, { ...missing, name: 'b', columns: null }]));
    expect(tables.map((table) => table.columns)).toEqual([[], []]);
  });

  it.each([
    ['', 1, 1],
    ['{"dump_id": 7,\n "tables": [}', 2, 13],
    ['{"dump_id": 7, "tables": []', 1, 28],
    ['{"dump_id": 7, "tables": []}\n{', 2, 1],
    ['{"dump_id": 7, "dump_id": 8, "tables": []}', 1, 16],
    ['<?xml version="1.0"?><Error/>', 1, 1],
  ])('says where %j is no JSON', async (text, line, column) => {
    const error = await errorOf(() => read(text));
    expect(error).toMatchObject({ code: 'MANIFEST_INVALID' });
    expect(describePlace(error.place)).toBe(`dump 7 · manifests/sync_7.json:${line}:${column}`);
  });

  it.each([
    ['[]', 'expected object'],
    ['null', 'expected object'],
    ['{"tables": []}', 'dump_id: expected a whole number'],
    ['{"dump_id": 7.5, "tables": []}', 'dump_id: expected a whole number'],
    ['{"dump_id": "seven", "tables": []}', 'dump_id: expected a whole number'],
    ['{"dump_id": null, "tables": []}', 'dump_id: expected a whole number'],
    ['{"dump_id": 7}', 'tables: Invalid input: expected array'],
    ['{"dump_id": 7, "tables": {}}', 'tables: Invalid input: expected array'],
    [manifestText('7', [users({ name: '' })]), 'tables[0].name'],
    [manifestText('7', [users(), users({ name: 5 })]), 'tables[1].name: Invalid input: expected string'],
    [
      manifestText('7', [users({ incremental: 'false' })]),
      'tables[0].incremental: Invalid input: expected boolean',
    ],
    [
      manifestText('7', [users({ incremental: 0 })]),
      'tables[0].incremental: Invalid input: expected boolean',
    ],
    [
      manifestText('7', [users({ incremental: undefined })]),
      'tables[0].incremental: Invalid input: expected boolean',
    ],
    [manifestText('7', [users({ files: undefined })]), 'tables[0].files: Invalid input: expected array'],
    [
      manifestText('7', [users({ files: null, incremental: false })]),
      'tables[0].files: Invalid input: expected array',
    ],
    [manifestText('7', [users({ files: [null] })]), 'tables[0].files[0]: Invalid input: expected string'],
    [manifestText('7', [users({ columns: 'user_id' })]), 'tables[0].columns: Invalid input: expected array'],
    [manifestText('7', [[], [], [], [], []]), 'and 2 more'],
    [manifestText('-7', []), 'dump_id is -7'],
  ])('says what is wrong with %s', async (text, message) => {
    const error = await errorOf(() => read(text));
    expect(error).toMatchObject({
      code: 'MANIFEST_INVALID',
      place: { file: 'manifests/sync_7.json', dump: 7n },
    });
    expect(error.message).toContain(message);
  });

  it('refuses text that is not UTF-8, and takes a byte order mark', async () => {
    const text = manifestText('7', []);
    const broken = Buffer.concat([Buffer.from(text), Buffer.from([0xc3])]);
    expect((await errorOf(() => read(broken))).message).toContain('not UTF-8');
    expect((await errorOf(() => read(Buffer.from(text, 'utf16le')))).code).toBe('MANIFEST_INVALID');
    expect((await read(`\uFEFF${text}`)).dumpId).toBe(7n);
  });

  it('puts text together that is cut inside a character', async () => {
    const text = manifestText('7', [users({ name: 'ünïcödé😀'.repeat(40_000) })]);
    expect((await read(text)).tables[0]?.name).toBe('ünïcödé😀'.repeat(40_000));
  });

  it('does not read what is too large to be a manifest', async () => {
    const root = await tempSource({ 'manifests/sync_7.json': '{}' });
    await truncate(join(root, 'manifests/sync_7.json'), MAX_MANIFEST_BYTES + 1);
    const store = directoryStore(root, {});
    const [listed] = (await listManifests(store, '')).manifests;
    if (listed === undefined) throw new Error('no manifest was listed');
    for (const size of [listed.size, 10]) {
      const error = await errorOf(() => readManifest(store, { ...listed, size }, { aliases: [] }));
      expect(error.message).toContain('larger than 64 MiB');
    }
  });

  it('reads what stands there now, and remembers its etag', async () => {
    const root = await tempSource({ 'manifests/sync_7.json': manifestText('7', []) });
    const store = directoryStore(root, { bucket: BUCKET });
    const [before] = (await listManifests(store, '')).manifests;
    if (before === undefined) throw new Error('no manifest was listed');
    await putFile(root, 'manifests/sync_7.json', manifestText('7', [users()]));
    const manifest = await readManifest(store, before, { aliases: [] });
    const [after] = (await listManifests(store, '')).manifests;
    expect(manifest.tables).toHaveLength(1);
    expect(manifest.etag).toBe(after?.etag);
    expect(manifest.etag).not.toBe(before.etag);
  });
});

describe('a table of a manifest', () => {
  it('listed twice is a problem of that table, not of the others', async () => {
    const { tables } = await read(
      manifestText('7', [users(), { ...users(), name: 'Users' }, users({ files: [], incremental: false })]),
    );
    expect(tables.map((table) => table.name)).toEqual(['users', 'Users']);
    expect(tables[1]?.problem).toBeUndefined();
    expect(tables[0]).toMatchObject({
      files: [],
      problem: {
        code: 'MANIFEST_DUPLICATE',
        place: { file: 'manifests/sync_7.json', dump: 7n, table: 'users' },
      },
    });
    expect(tables[0]?.problem?.message).toContain('tables[0] (incremental: true, 2 files)');
    expect(tables[0]?.problem?.message).toContain('tables[2] (incremental: false, 0 files)');
  });

  it.each([
    [[true, false], true],
    [[false, true], true],
    [[false, false], false],
    [[true, true], true],
  ])(
    'listed twice with incremental %j makes older dumps void only when all entries do',
    async (flags, incremental) => {
      const { tables } = await read(
        manifestText(
          '7',
          flags.map((flag) => users({ incremental: flag })),
        ),
      );
      expect(tables).toMatchObject([{ incremental, problem: { code: 'MANIFEST_DUPLICATE' } }]);
    },
  );

  it('with one file twice is a problem, also when the URIs differ', async () => {
    const files = [`s3://${BUCKET}/a`, `s3://${BUCKET}/b`, 's3n://customer/a'];
    const { tables } = await read(manifestText('7', [users({ files }), users({ name: 'sessions' })]), '7', [
      'customer',
    ]);
    expect(tables).toMatchObject([
      { files: [], problem: { code: 'MANIFEST_DUPLICATE' } },
      { name: 'sessions' },
    ]);
    expect(tables[0]?.problem?.message).toContain('files[0] and files[2]');
    expect(tables[1]).not.toHaveProperty('problem');
  });

  it('with a file of another bucket is a problem unless the bucket is an alias', async () => {
    const text = manifestText('7', [
      users({ files: ['s3://customer/sync_7/users/a.avro'] }),
      users({ name: 'sessions' }),
    ]);
    const { tables } = await read(text);
    expect(tables[0]).toMatchObject({
      files: [],
      incremental: true,
      problem: { code: 'URI_FOREIGN', place: { file: 'manifests/sync_7.json', dump: 7n, table: 'users' } },
    });
    expect(tables[1]?.problem).toBeUndefined();
    expect((await read(text, '7', ['customer'])).tables[0]?.files).toEqual(['sync_7/users/a.avro']);
  });

  it('called like a property of every object is an ordinary table', async () => {
    const { tables } = await read(
      manifestText(
        '7',
        ['__proto__', 'constructor', 'toString'].map((name) => users({ name })),
      ),
    );
    expect(tables.map((table) => [table.name, table.problem])).toEqual([
      ['__proto__', undefined],
      ['constructor', undefined],
      ['toString', undefined],
    ]);
  });
});

describe('property definitions', () => {
  it.each([
    [`"s3://other/p.json"`, 'URI_FOREIGN'],
    ['{"path": 1}', 'MANIFEST_INVALID'],
    ['5', 'MANIFEST_INVALID'],
  ])('%s stop no table', async (value, code) => {
    const manifest = await read(manifestText('7', [users()], `, "property_definitions": ${value}`));
    expect(manifest.propertyDefinitionsProblem).toMatchObject({
      code,
      place: { file: 'manifests/sync_7.json' },
    });
    expect(manifest).not.toHaveProperty('propertyDefinitions');
    expect(manifest.tables[0]?.problem).toBeUndefined();
  });

  it('may be absent', async () => {
    for (const more of ['', ', "property_definitions": null']) {
      const manifest = await read(manifestText('7', [], more));
      expect(manifest).not.toHaveProperty('propertyDefinitions');
      expect(manifest).not.toHaveProperty('propertyDefinitionsProblem');
    }
  });
});

describe('readManifests', () => {
  async function manyDumps(): Promise<{ root: string; store: ObjectStore }> {
    const ids = Array.from({ length: 40 }, (_, i) => String(980 + i));
    const root = await tempSource(
      Object.fromEntries(ids.map((id) => [`manifests/sync_${id}.json`, manifestText(id, [users()])])),
    );
    return { root, store: directoryStore(root, { bucket: BUCKET }) };
  }

  it('gives manifests and problems by ascending dump, however long each takes', async () => {
    const { root, store } = await manyDumps();
    await putFile(root, 'manifests/sync_1000.json', '{');
    await putFile(root, 'manifests/sync_999.json', manifestText('1', []));
    const { manifests: list } = await listManifests(store, '');
    let open = 0;
    let most = 0;
    const slow: ObjectStore = {
      ...store,
      open: async (key, options) => {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        open -= 1;
        return store.open(key, options);
      },
    };
    const { manifests, problems } = await readManifests(slow, [...list].reverse(), {
      aliases: [],
      concurrency: 4,
    });
    expect(manifests.map((manifest) => manifest.dumpId)).toEqual(
      list.map((l) => l.dumpId).filter((id) => id !== 999n && id !== 1000n),
    );
    expect(problems.map(({ dumpId, error }) => [dumpId, error.code])).toEqual([
      [999n, 'MANIFEST_INVALID'],
      [1000n, 'MANIFEST_INVALID'],
    ]);
    expect(most).toBe(4);
  });

  it('makes a manifest that went away a problem of its dump', async () => {
    const { store } = await manyDumps();
    const { manifests: list } = await listManifests(store, '');
    const gone = list.map((entry) =>
      entry.dumpId === 990n ? { ...entry, key: 'manifests/gone.json' } : entry,
    );
    const { manifests, problems } = await readManifests(store, gone, { aliases: [] });
    expect(manifests).toHaveLength(39);
    expect(problems).toMatchObject([
      { dumpId: 990n, error: { code: 'SOURCE_MISSING', place: { dump: 990n } } },
    ]);
  });

  it('stops as a whole when it is interrupted', async () => {
    const { store } = await manyDumps();
    const { manifests: list } = await listManifests(store, '');
    const controller = new AbortController();
    let opened = 0;
    const counting: ObjectStore = {
      ...store,
      open: (key, options) => {
        opened += 1;
        if (opened === 3) controller.abort();
        return store.open(key, options);
      },
    };
    const reading = (): Promise<unknown> =>
      readManifests(counting, list, { aliases: [], concurrency: 2 }, controller.signal);
    expect(await codeOf(reading)).toBe('INTERRUPTED');
    expect(opened).toBeLessThan(5);
  });

  it('does not hide a bug as a problem of a dump', async () => {
    const { store } = await manyDumps();
    const { manifests: list } = await listManifests(store, '');
    const buggy: ObjectStore = { ...store, open: () => Promise.reject(new TypeError('bug')) };
    await expect(readManifests(buggy, list, { aliases: [] })).rejects.toThrow(TypeError);
  });
});
