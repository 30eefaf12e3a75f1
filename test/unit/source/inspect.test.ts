import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directoryStore } from '../../../src/source/directory-store.js';
import { inspectFile, inspectFiles, MAX_HEADER_BYTES } from '../../../src/source/inspect.js';
import type { ObjectStore, ReadOptions } from '../../../src/source/object-store.js';
import { avroFile } from '../../support/dump-writer.js';
import { codeOf, errorOf, putFile, tempSource } from './temp-source.js';

/** A file of one row whose header is about `headerBytes` long, followed by much data. */
function fileOf(headerBytes: number, value = 'x'): Buffer {
  const schema = {
    type: 'record',
    name: 'topLevelRecord',
    doc: 'd'.repeat(headerBytes),
    fields: [
      { name: 'user_id', type: 'long' },
      { name: 'email', type: ['null', 'string'] },
    ],
  } as const;
  return avroFile({ schema, rows: [{ user_id: 1n, email: value }], codec: 'null' });
}

const columns = [
  { name: 'user_id', type: { kind: 'int64' } },
  { name: 'email', type: { kind: 'string' } },
];

/** A store that notes every range asked of it. */
function noting(store: ObjectStore, ranges: ReadOptions[]): ObjectStore {
  return {
    ...store,
    open: (key, options) => {
      ranges.push(options ?? {});
      return store.open(key, options);
    },
  };
}

describe('inspectFile', () => {
  it('reads one small range of a large file', async () => {
    const root = await tempSource({ 'a.avro': fileOf(10, 'x'.repeat(3_000_000)) });
    const ranges: ReadOptions[] = [];
    const { info, header } = await inspectFile(noting(directoryStore(root, {}), ranges), 'a.avro');
    expect(header).toMatchObject({ codec: 'null', columns });
    expect(info).toEqual((await directoryStore(root, {}).open('a.avro')).info);
    expect(ranges).toEqual([{ end: 65_536 }]);
  });

  it('reads a small file to its end', async () => {
    const root = await tempSource({ 'a.avro': fileOf(10) });
    expect((await inspectFile(directoryStore(root, {}), 'a.avro')).header.columns).toEqual(columns);
  });

  it('asks for more as long as the header goes on, never for a byte twice, always of the same content', async () => {
    const root = await tempSource({ 'a.avro': fileOf(1_500_000, 'x'.repeat(20_000_000)) });
    const store = directoryStore(root, {});
    const ranges: ReadOptions[] = [];
    const { info, header } = await inspectFile(noting(store, ranges), 'a.avro');
    expect(header.columns).toEqual(columns);
    expect(ranges).toEqual([
      { end: 65_536 },
      { start: 65_536, end: 262_144, etag: info.etag },
      { start: 262_144, end: 1_048_576, etag: info.etag },
      { start: 1_048_576, end: 4_194_304, etag: info.etag },
    ]);
  });

  it('finds the header wherever it, or the file, ends relative to the ranges', async () => {
    const root = await tempSource();
    const store = directoryStore(root, {});
    for (const range of [65_536, 262_144]) {
      const rest = fileOf(range).length - range;
      // The data block and its sync mark are less than 40 bytes: the header ends on both sides of the range's end.
      for (let beyond = -1; beyond <= 60; beyond += 1) {
        await putFile(root, 'a.avro', fileOf(range - rest + beyond));
        const { info, header } = await inspectFile(store, 'a.avro');
        expect(info.size).toBe(range + beyond);
        expect(header.columns).toEqual(columns);
      }
    }
  });

  it('fails when the file is overwritten between two ranges', async () => {
    const root = await tempSource({ 'a.avro': fileOf(100_000) });
    const store = directoryStore(root, {});
    const meddling: ObjectStore = {
      ...store,
      open: async (key, options) => {
        if (options?.start !== undefined) await appendFile(join(root, key), '!');
        return store.open(key, options);
      },
    };
    expect(await codeOf(() => inspectFile(meddling, 'a.avro'))).toBe('SOURCE_CHANGED');
  });

  it('fails on what is no Avro file, empty or cut inside its header, and names it', async () => {
    const files = {
      'text.avro': 'user_id,email\n1,x\n',
      'empty.avro': '',
      'magic.avro': 'Obj\x01',
      'cut.avro': fileOf(200_000).subarray(0, 150_000),
      'noise.avro': Buffer.alloc(300_000, 7),
    };
    const store = directoryStore(await tempSource(files), {});
    for (const key of Object.keys(files)) {
      expect(await errorOf(() => inspectFile(store, key))).toMatchObject({
        code: 'AVRO_INVALID',
        place: { file: key },
      });
    }
  });

  it('gives up on a header without an end before memory does', async () => {
    const root = await tempSource({ 'a.avro': fileOf(MAX_HEADER_BYTES + 1_000_000) });
    const ranges: ReadOptions[] = [];
    const error = await errorOf(() => inspectFile(noting(directoryStore(root, {}), ranges), 'a.avro'));
    expect(error.code).toBe('AVRO_INVALID');
    expect(Math.max(...ranges.map((range) => range.end ?? Infinity))).toBeLessThanOrEqual(MAX_HEADER_BYTES);
  });

  it('does not believe a store that gives fewer or more bytes than it said', async () => {
    const root = await tempSource({ 'a.avro': fileOf(10) });
    const store = directoryStore(root, {});
    const giving = (bytes: Uint8Array): ObjectStore => ({
      ...store,
      open: async (key, options) => ({
        ...(await store.open(key, options)),
        bytes: (async function* () {
          yield await Promise.resolve(bytes);
        })(),
      }),
    });
    const whole = fileOf(10);
    expect(await codeOf(() => inspectFile(giving(whole.subarray(1)), 'a.avro'))).toBe('SOURCE_UNREADABLE');
    const endless: ObjectStore = {
      ...store,
      open: async (key, options) => ({
        ...(await store.open(key, options)),
        bytes: (async function* () {
          yield await Promise.resolve(whole);
          for (let i = 0; i < 10; i += 1) yield Buffer.alloc(10);
          throw new Error('nobody reads that far');
        })(),
      }),
    };
    expect((await inspectFile(endless, 'a.avro')).header.columns).toEqual(columns);
  });
});

describe('inspectFiles', () => {
  it('answers for every key in order, each with a header or its error', async () => {
    const root = await tempSource({ 'bad.avro': 'no' });
    const keys = Array.from({ length: 30 }, (_, i) => `sync_1/users/${i}.avro`);
    for (const key of keys) await putFile(root, key, fileOf(10));
    const store = directoryStore(root, {});
    const asked = [...keys.slice(0, 10), 'bad.avro', 'gone.avro', '../x', ...keys.slice(10)];
    let open = 0;
    let most = 0;
    const slow: ObjectStore = {
      ...store,
      open: async (key, options) => {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        open -= 1;
        return store.open(key, options);
      },
    };
    const found = await inspectFiles(slow, asked, { concurrency: 3 });
    expect(found.map((inspection) => inspection.key)).toEqual(asked);
    expect(most).toBe(3);
    const failed = found.flatMap((inspection) =>
      'error' in inspection ? [[inspection.key, inspection.error.code]] : [],
    );
    expect(failed).toEqual([
      ['bad.avro', 'AVRO_INVALID'],
      ['gone.avro', 'SOURCE_MISSING'],
      ['../x', 'URI_FOREIGN'],
    ]);
    expect(found[0]).toMatchObject({ header: { columns }, info: { key: keys[0] } });
  });

  it('gives files of one schema one list of columns', async () => {
    const other = avroFile({
      schema: { type: 'record', name: 'R', fields: [{ name: 'event_id', type: 'long' }] },
      rows: [],
    });
    const root = await tempSource({ a: fileOf(10, 'x'), b: other, c: fileOf(10, 'y') });
    const found = await inspectFiles(directoryStore(root, {}), ['a', 'b', 'c']);
    const [a, b, c] = found.map((inspection) => ('header' in inspection ? inspection.header.columns : []));
    expect(a).toEqual(columns);
    expect(c).toBe(a);
    expect(b).toEqual([{ name: 'event_id', type: { kind: 'int64' } }]);
  });

  it('stops as a whole when it is interrupted', async () => {
    const root = await tempSource({ a: fileOf(10) });
    const controller = new AbortController();
    const store = directoryStore(root, {});
    let opened = 0;
    const counting: ObjectStore = {
      ...store,
      open: (key, options) => {
        opened += 1;
        if (opened === 2) controller.abort();
        return store.open(key, options);
      },
    };
    const options = { concurrency: 2, signal: controller.signal };
    expect(await codeOf(() => inspectFiles(counting, Array<string>(20).fill('a'), options))).toBe(
      'INTERRUPTED',
    );
    expect(opened).toBeLessThan(5);
  });

  it('does not hide a bug as a bad file', async () => {
    const store: ObjectStore = {
      ...directoryStore('/', {}),
      open: () => Promise.reject(new TypeError('bug')),
    };
    await expect(inspectFiles(store, ['a'])).rejects.toThrow(TypeError);
  });
});
