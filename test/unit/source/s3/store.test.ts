import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObjectInfo, ObjectStore } from '../../../../src/source/object-store.js';
import type { RequestKind, S3Options } from '../../../../src/source/s3/options.js';
import { openS3Store } from '../../../../src/source/s3/store.js';
import {
  contentOf,
  patterned,
  sourceOf,
  startBucket,
  type TestBucket,
} from '../../../stand-ins/s3/bucket.js';
import { stubAwsKeys } from '../../../stand-ins/s3/environment.js';

let bucket: TestBucket;
let counts: Record<RequestKind, number>;

beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(() => bucket.stop());
beforeEach(() => {
  stubAwsKeys();
  counts = { LIST: 0, GET: 0, HEAD: 0 };
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function store(options: S3Options = {}): Promise<ObjectStore> {
  return openS3Store(sourceOf(bucket.address), {
    onRequest: (kind) => {
      counts[kind] += 1;
    },
    pauseMs: 5,
    ...options,
  });
}

async function keysOf(listing: AsyncIterable<ObjectInfo>): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of listing) keys.push(object.key);
  return keys.sort();
}

describe('opening', () => {
  it('names itself and makes no request when the region is given', async () => {
    const opened = await store();
    expect(opened.bucket).toBe('heap-rs3-test');
    expect(opened.location).toBe('s3://heap-rs3-test');
    expect(counts).toEqual({ LIST: 0, GET: 0, HEAD: 0 });
  });
});

describe('listing', () => {
  const names = Array.from({ length: 25 }, (_, index) => `pages/sync_${index + 990}/users/a.avro`);

  it('follows all pages and counts one request for each', async () => {
    for (const name of names) await bucket.put(name, name);
    const opened = await store({ pageSize: 10 });
    expect(await keysOf(opened.list('pages/'))).toEqual([...names].sort());
    expect(counts).toEqual({ LIST: 3, GET: 0, HEAD: 0 });
  });

  it('asks for the next page only when this one is consumed', async () => {
    const opened = await store({ pageSize: 10 });
    let seen = 0;
    for await (const _object of opened.list('pages/')) {
      seen += 1;
      if (seen === 10) break;
    }
    expect(counts.LIST).toBe(1);
  });

  it('tells size, etag and time, and the same ones when the object is opened', async () => {
    await bucket.put('one/object', 'twelve bytes');
    const opened = await store();
    const listed: ObjectInfo[] = [];
    for await (const object of opened.list('one/')) listed.push(object);
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({ key: 'one/object', size: 12 });
    expect(listed[0]?.etag).toMatch(/^[0-9a-f]{32}$/);
    const { info } = await opened.open('one/object', { start: 0, end: 1 });
    expect({ ...info, modifiedAt: 0 }).toEqual({ ...listed[0], modifiedAt: 0 });
    // The header of an answer has whole seconds only.
    expect(Math.abs(info.modifiedAt - (listed[0]?.modifiedAt ?? 0))).toBeLessThan(1000);
  });

  it('gives nothing for a prefix without objects', async () => {
    const opened = await store();
    expect(await keysOf(opened.list('nowhere/'))).toEqual([]);
    expect(counts).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
  });

  it('leaves out folder markers', async () => {
    await bucket.put('folders/sync_1/', '');
    await bucket.put('folders/sync_1/users/', '');
    await bucket.put('folders/sync_1/users/a.avro', 'a');
    const opened = await store();
    expect(await keysOf(opened.list('folders/'))).toEqual(['folders/sync_1/users/a.avro']);
  });

  it('stops at an abort', async () => {
    const opened = await store({ pageSize: 5 });
    const stop = new AbortController();
    const listing = async (): Promise<void> => {
      for await (const _object of opened.list('pages/', { signal: stop.signal })) stop.abort();
    };
    await expect(listing()).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(counts.LIST).toBe(1);
  });
});

describe('odd keys', () => {
  const odd = [
    'odd/a+b.avro',
    'odd/a b.avro',
    'odd/a&b=c.avro',
    'odd/100%.avro',
    'odd/a%2Fb.avro',
    'odd/a%20b.avro',
    'odd/Zoë/データ/🦊.avro',
    'odd/quote\'"<>.avro',
    'odd/plus+space and%25.avro',
    'odd/semi;colon,comma@at:colon$dollar!.avro',
    'odd/(paren)*star~tilde.avro',
  ];

  it('come back as they were written, and read what was written', async () => {
    for (const key of odd) await bucket.put(key, `content of ${key}`);
    const opened = await store();
    expect(await keysOf(opened.list('odd/'))).toEqual([...odd].sort());
    for (const key of odd) {
      expect((await contentOf(await opened.open(key))).toString()).toBe(`content of ${key}`);
    }
    expect(await keysOf(opened.list('odd/a+'))).toEqual(['odd/a+b.avro']);
    expect(await keysOf(opened.list('odd/Zoë/'))).toEqual(['odd/Zoë/データ/🦊.avro']);
  });
});

describe('reading', () => {
  const content = patterned(300_000);
  beforeAll(() => bucket.put('read/object', content));

  it('gives all bytes with one request', async () => {
    const opened = await store();
    const body = await opened.open('read/object');
    expect(body.info).toMatchObject({ key: 'read/object', size: 300_000 });
    expect((await contentOf(body)).equals(content)).toBe(true);
    expect(counts).toEqual({ LIST: 0, GET: 1, HEAD: 0 });
  });

  it.each([
    [0, 1],
    [0, 300_000],
    [100, 200],
    [299_999, 300_000],
    [299_990, 400_000],
    [65_536, undefined],
  ])('gives the bytes from %d to %s', async (start, end) => {
    const opened = await store();
    const body = await opened.open('read/object', { start, ...(end === undefined ? {} : { end }) });
    expect(body.info.size).toBe(300_000);
    expect((await contentOf(body)).equals(content.subarray(start, end))).toBe(true);
  });

  it.each([
    [300_000, undefined],
    [400_000, 500_000],
    [10, 10],
  ])('gives no bytes from %d to %s, but tells what the object is', async (start, end) => {
    const opened = await store();
    const body = await opened.open('read/object', { start, ...(end === undefined ? {} : { end }) });
    expect(body.info.size).toBe(300_000);
    expect(await contentOf(body)).toHaveLength(0);
  });

  it('reads an empty object', async () => {
    await bucket.put('read/empty', '');
    const opened = await store();
    for (const options of [{}, { start: 0, end: 16 }]) {
      const body = await opened.open('read/empty', options);
      expect(body.info).toMatchObject({ key: 'read/empty', size: 0 });
      expect(await contentOf(body)).toHaveLength(0);
    }
  });

  it('binds to the etag it is given', async () => {
    await bucket.put('read/overwritten', 'the first content');
    const opened = await store();
    const { etag } = (await opened.open('read/overwritten')).info;
    expect((await contentOf(await opened.open('read/overwritten', { etag }))).toString()).toBe(
      'the first content',
    );
    await bucket.put('read/overwritten', 'another one');
    for (const options of [
      { etag },
      { etag, start: 3, end: 5 },
      { etag, start: 1000 },
      { etag, start: 2, end: 2 },
    ]) {
      await expect(opened.open('read/overwritten', options)).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
        place: { file: 'read/overwritten' },
      });
    }
  });

  it('says so when the object is not there, without trying again', async () => {
    const opened = await store();
    await expect(opened.open('read/nothing')).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
      place: { file: 'read/nothing' },
    });
    expect(counts).toEqual({ LIST: 0, GET: 1, HEAD: 0 });
  });

  it('says so when the bucket is not there', async () => {
    const opened = await openS3Store(sourceOf(bucket.address, { bucket: 'no-such-bucket' }));
    await expect(keysOf(opened.list(''))).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.stringContaining('There is no bucket no-such-bucket') as string,
    });
    await expect(opened.open('a')).rejects.toMatchObject({
      code: 'SOURCE_MISSING',
      message: expect.stringContaining('There is no bucket no-such-bucket') as string,
    });
  });

  it('leaves a body early without trouble, and reads on with the same store', async () => {
    const opened = await store();
    for (let round = 0; round < 20; round += 1) {
      const { bytes } = await opened.open('read/object');
      for await (const _chunk of bytes) break;
    }
    expect((await contentOf(await opened.open('read/object'))).equals(content)).toBe(true);
  });

  it('takes no more from the network than a slow consumer asks for', async () => {
    const size = 64 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    const server = createServer((_request, response) => {
      const range = `bytes 0-${size - 1}/${size}`;
      response.writeHead(206, { 'content-length': size, 'content-range': range, etag: '"e"' });
      const push = (): void => {
        while (sent < size) {
          sent += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', push);
            return;
          }
        }
        response.end();
      };
      push();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { bytes } = await (await openS3Store(sourceOf(address))).open('big');
    let got = 0;
    for await (const part of bytes) {
      if (got === 0) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        // What the system's socket buffers hold, and little more.
        expect(sent).toBeLessThan(size / 2);
      }
      got += part.length;
    }
    expect(got).toBe(size);
    server.close();
  });

  it('stops at an abort, before and during a body, with the reason given', async () => {
    const opened = await store();
    await expect(opened.open('read/object', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(counts.GET).toBe(0);
    const stop = new AbortController();
    const body = await opened.open('read/object', { signal: stop.signal });
    const reading = async (): Promise<void> => {
      for await (const _chunk of body.bytes) stop.abort();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});
