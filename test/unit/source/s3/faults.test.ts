import { crc32 } from 'node:zlib';
import avro from 'avsc';
import { compressSync } from 'snappy';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRows } from '../../../../src/avro/rows.js';
import type { ObjectStore } from '../../../../src/source/object-store.js';
import { PROGRESS_BYTES, type RequestKind, type S3Options } from '../../../../src/source/s3/options.js';
import { openS3Store } from '../../../../src/source/s3/store.js';
import {
  contentOf,
  patterned,
  sourceOf,
  startBucket,
  type TestBucket,
} from '../../../stand-ins/s3/bucket.js';
import { stubAwsKeys, TEST_KEY, TEST_SECRET } from '../../../stand-ins/s3/environment.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../../../stand-ins/s3/fault-proxy.js';

const SIZE = 3_000_000;
const content = patterned(SIZE);
let bucket: TestBucket;
let proxy: FaultProxy;
let counts: Record<RequestKind, number>;

beforeAll(async () => {
  bucket = await startBucket();
  proxy = await startFaultProxy(bucket.address);
  await bucket.put('sync_1/users/a.avro', content);
});
afterAll(async () => {
  await proxy.stop();
  await bucket.stop();
});
beforeEach(() => {
  stubAwsKeys();
  proxy.clear();
  counts = { LIST: 0, GET: 0, HEAD: 0 };
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function store(options: S3Options = {}): Promise<ObjectStore> {
  return openS3Store(sourceOf(proxy.address), {
    onRequest: (kind) => {
      counts[kind] += 1;
    },
    pauseMs: 5,
    longestPauseMs: 20,
    stallMs: 300,
    responseMs: 500,
    attempts: 4,
    bodyAttempts: 4,
    ...options,
  });
}

function strike(fault: Fault, times = 1): void {
  proxy.add({ when: (request) => request.method === 'GET', fault, times });
}

async function readAll(opened: ObjectStore): Promise<Buffer> {
  return contentOf(await opened.open('sync_1/users/a.avro'));
}

const outage = (code: string, status: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  code,
  status,
  headers,
  message: `told to answer ${code}`,
});

describe('a body that breaks', () => {
  it.each<[string, Fault, number]>([
    ['is reset', { kind: 'reset', afterBytes: 1_000_000 }, 1_000_000],
    ['is reset before its first byte', { kind: 'reset', afterBytes: 0 }, 0],
    ['is cut with a Content-Length that agrees', { kind: 'truncate', afterBytes: 2_345_678 }, 2_345_678],
    ['stalls', { kind: 'stall', afterBytes: 500_000 }, 500_000],
  ])('and %s is taken up at the next byte, on the same content', async (_what, fault, kept) => {
    strike(fault);
    expect((await readAll(await store())).equals(content)).toBe(true);
    expect(counts).toEqual({ LIST: 0, GET: 2, HEAD: 0 });
    const [first, second] = proxy.requests;
    expect(first?.range).toBe('bytes=0-');
    expect(second?.range).toBe(`bytes=${kept}-${SIZE - 1}`);
    expect(second?.ifMatch).toMatch(/^"[0-9a-f]{32}"$/);
  });

  it('is taken up again and again as long as it moves', async () => {
    strike({ kind: 'reset', afterBytes: 400_000 }, 3);
    expect((await readAll(await store())).equals(content)).toBe(true);
    expect(proxy.requests.map((request) => request.range)).toEqual(
      [0, 400_000, 800_000, 1_200_000].map((from) => `bytes=${from}-${from === 0 ? '' : SIZE - 1}`),
    );
  });

  it('is given up after the allowed number of breaks without progress, with the byte it got to', async () => {
    strike({ kind: 'reset', afterBytes: 1000 }, 100);
    await expect(readAll(await store())).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      place: { file: 'sync_1/users/a.avro', offset: 4000 },
      message: expect.stringContaining('after it was taken up 3 times: ECONNRESET') as string,
    });
    expect(counts.GET).toBe(4);
  });

  it('counts breaks anew after real progress', async () => {
    strike({ kind: 'reset', afterBytes: PROGRESS_BYTES }, 2);
    expect((await readAll(await store({ bodyAttempts: 2 }))).equals(content)).toBe(true);
    expect(counts.GET).toBe(3);
  });

  it('that stalls for good ends with a time-out', async () => {
    strike({ kind: 'stall', afterBytes: 10 }, 100);
    await expect(readAll(await store({ stallMs: 100, bodyAttempts: 2 }))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('no byte came for 0.1 s') as string,
    });
    expect(counts.GET).toBe(2);
  });

  it('is not joined with other content when the object is overwritten in between', async () => {
    await bucket.put('sync_1/users/b.avro', patterned(100_000));
    strike({ kind: 'reset', afterBytes: 50_000 });
    const body = await (await store()).open('sync_1/users/b.avro');
    await bucket.put('sync_1/users/b.avro', Buffer.alloc(100_000, 7));
    await expect(contentOf(body)).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      place: { file: 'sync_1/users/b.avro' },
    });
    expect(counts.GET).toBe(2);
  });

  it('respects the range that was asked for', async () => {
    strike({ kind: 'reset', afterBytes: 30 });
    const body = await (await store()).open('sync_1/users/a.avro', { start: 1000, end: 1100 });
    expect((await contentOf(body)).equals(content.subarray(1000, 1100))).toBe(true);
    expect(proxy.requests.map((request) => request.range)).toEqual(['bytes=1000-1099', 'bytes=1030-1099']);
  });

  it('is not mistaken for one because its consumer is slow', async () => {
    const body = await (await store({ stallMs: 100 })).open('sync_1/users/a.avro');
    const chunks: Uint8Array[] = [];
    for await (const chunk of body.bytes) {
      if (chunks.length === 3) await new Promise((resolve) => setTimeout(resolve, 400));
      chunks.push(chunk);
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(counts.GET).toBe(1);
  });
});

describe('wrong bytes', () => {
  /** Rows in blocks as Heap delivers them: snappy, with a CRC behind each block. */
  async function avroFile(): Promise<Buffer> {
    const snappy = (data: Buffer, done: (error: Error | null, block?: Buffer) => void): void => {
      const crc = Buffer.alloc(4);
      crc.writeUInt32BE(crc32(data));
      done(null, Buffer.concat([compressSync(data), crc]));
    };
    const fields = [{ name: 'event_id', type: 'long' }];
    const encoder = new avro.streams.BlockEncoder(
      { type: 'record', name: 'r', fields },
      {
        codec: 'snappy',
        codecs: { snappy },
        blockSize: 512,
      },
    );
    for (let row = 0; row < 5000; row += 1) encoder.write({ event_id: row * 7919 });
    encoder.end();
    return Buffer.concat((await encoder.toArray()) as Buffer[]);
  }

  async function countRows(opened: ObjectStore): Promise<number> {
    const { bytes } = await opened.open('sync_1/users/c.avro');
    let rows = 0;
    for await (const batch of readRows(bytes, { file: 'sync_1/users/c.avro' })) rows += batch.rows;
    return rows;
  }

  it('are caught by the checksums in the file, which names the file and is not asked for twice', async () => {
    const file = await avroFile();
    await bucket.put('sync_1/users/c.avro', file);
    expect(await countRows(await store())).toBe(5000);
    proxy.clear();
    counts.GET = 0;
    strike({ kind: 'corrupt', atByte: Math.floor(file.length / 2) });
    await expect(countRows(await store())).rejects.toMatchObject({
      code: 'AVRO_INVALID',
      place: { file: 'sync_1/users/c.avro' },
    });
    expect(counts.GET).toBe(1);
  });
});

describe('a request that fails', () => {
  it.each([
    ['InternalError', 500],
    ['BadGateway', 502],
    ['SlowDown', 503],
    ['RequestTimeout', 400],
  ])('with %s is sent again', async (code, status) => {
    strike(outage(code, status), 2);
    expect((await readAll(await store())).equals(content)).toBe(true);
    expect(counts).toEqual({ LIST: 0, GET: 3, HEAD: 0 });
  });

  it('without an answer is sent again', async () => {
    strike({ kind: 'hang' });
    expect((await readAll(await store())).equals(content)).toBe(true);
    expect(counts.GET).toBe(2);
  });

  it('waits at least as long as Retry-After says', async () => {
    strike(outage('SlowDown', 503, { 'retry-after': '1' }));
    expect((await readAll(await store())).equals(content)).toBe(true);
    const [first, second] = proxy.requests;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('does not wait longer than the limit for Retry-After', async () => {
    strike(outage('SlowDown', 503, { 'retry-after': '3600' }));
    expect((await readAll(await store({ longestRetryAfterMs: 100 }))).equals(content)).toBe(true);
    expect(counts.GET).toBe(2);
  });

  it('while it waits can be stopped', async () => {
    strike(outage('SlowDown', 503, { 'retry-after': '60' }), 100);
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    }, 100);
    const opened = await store();
    const began = performance.now();
    await expect(opened.open('sync_1/users/a.avro', { signal: stop.signal })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(counts.GET).toBe(1);
  });

  it('is given up after the allowed number of attempts', async () => {
    strike(outage('SlowDown', 503), 100);
    await expect(readAll(await store())).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      place: { file: 'sync_1/users/a.avro' },
      message: expect.stringMatching(/after 4 attempts: 503 SlowDown/) as string,
    });
    expect(counts.GET).toBe(4);
  });

  it.each([
    ['AccessDenied', 403, 'SOURCE_DENIED'],
    ['TeapotBusy', 418, 'SOURCE_UNREADABLE'],
    ['NotImplemented', 501, 'SOURCE_UNREADABLE'],
    ['MalformedSomething', 400, 'SOURCE_UNREADABLE'],
  ])('with %s is not sent again', async (answer, status, code) => {
    strike(outage(answer, status), 100);
    await expect(readAll(await store())).rejects.toMatchObject({ code });
    expect(counts.GET).toBe(1);
  });

  it('in the middle of a listing is sent again without losing or doubling a key', async () => {
    for (let index = 0; index < 9; index += 1) await bucket.put(`manifests/sync_${index}.json`, '{}');
    let page = 0;
    proxy.add({
      when: (request) => request.query.has('list-type') && (page += 1) === 2,
      fault: outage('InternalError', 500),
    });
    const keys: string[] = [];
    for await (const object of (await store({ pageSize: 3 })).list('manifests/')) keys.push(object.key);
    expect(keys).toEqual(Array.from({ length: 9 }, (_, index) => `manifests/sync_${index}.json`));
    expect(counts.LIST).toBe(4);
  });
});

describe('a clock that is wrong', () => {
  it('is corrected by the time the server tells', async () => {
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    strike(outage('RequestTimeTooSkewed', 403, { date: later }));
    expect((await readAll(await store())).equals(content)).toBe(true);
    expect(counts.GET).toBe(2);
  });

  it('is named when correcting it does not help', async () => {
    strike(outage('RequestTimeTooSkewed', 403), 100);
    await expect(readAll(await store())).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
      message: expect.stringContaining('clock') as string,
      hint: expect.stringContaining('Set the clock') as string,
    });
    expect(counts.GET).toBe(1);
  });
});

describe('credentials that end in the middle', () => {
  const expired = outage('ExpiredToken', 400);

  it('are named, and nothing secret is', async () => {
    strike({ kind: 'reset', afterBytes: 100_000 });
    proxy.add({ when: (request) => request.range !== 'bytes=0-', fault: expired, times: 100 });
    const failure = await readAll(await store()).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'SOURCE_DENIED',
      message: 'The temporary credentials have expired.',
      place: { file: 'sync_1/users/a.avro' },
    });
    const cause = (failure as Error).cause;
    const shown = [failure, cause].map((error) => `${String(error)} ${JSON.stringify(error)}`).join(' ');
    expect(shown).not.toContain(TEST_KEY);
    expect(shown).not.toContain(TEST_SECRET);
    expect(counts.GET).toBe(2);
  });

  it('are taken anew where they come from, and the body goes on where it was', async () => {
    strike({ kind: 'reset', afterBytes: 100_000 });
    proxy.add({
      when: (request) => request.accessKey === TEST_KEY && request.range !== 'bytes=0-',
      fault: expired,
      times: 100,
    });
    const opened = await store();
    const body = await opened.open('sync_1/users/a.avro');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIARENEWEDRENEWED00');
    expect((await contentOf(body)).equals(content)).toBe(true);
    expect(proxy.requests.map((request) => request.accessKey)).toEqual([
      TEST_KEY,
      TEST_KEY,
      'AKIARENEWEDRENEWED00',
    ]);
    expect(counts.GET).toBe(3);
  });
});

describe('a store that cannot be reached', () => {
  it('is named with its endpoint', async () => {
    const gone = await startFaultProxy(bucket.address);
    await gone.stop();
    const opened = await openS3Store(sourceOf(gone.address), { pauseMs: 1, attempts: 2 });
    await expect(opened.open('a')).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining(
        `S3 at ${gone.address} cannot be reached after 2 attempts (ECONNREFUSED)`,
      ) as string,
    });
  });
});
