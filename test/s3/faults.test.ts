import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ObjectStore } from '../../src/source/object-store.js';
import type { Row } from '../../src/warehouse/contract.js';
import type { Fault, SeenRequest } from '../stand-ins/s3/fault-proxy.js';
import { TEST_KEY } from '../stand-ins/s3/environment.js';
import { type DumpSpec, dumpObjects } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { type Counts, S3World, events, usePlace, users } from './support.js';

/** One manifest each, five files in all: users, and two files of clicks in each of two dumps. */
const DUMPS: readonly DumpSpec[] = [
  { dumpId: 1n, tables: [users(1, 300, 'old', false), events('click', 1, 2000, 'first')] },
  { dumpId: 2n, tables: [events('click', 1500, 2000, 'second')] },
];
const CLEAN: Counts = { LIST: 1, GET: 2 + 2 * 5, HEAD: 0 };
const CLICK = 'sync_1/click/part-00001.avro';

const place = usePlace();
let s3: S3World;
let right: Readonly<Record<string, readonly Row[]>>;

async function tables(world: World): Promise<Readonly<Record<string, readonly Row[]>>> {
  return { users: await world.rows('users', 'user_id'), click: await world.rows('click', 'event_id') };
}

beforeAll(async () => {
  const directory = await World.create(duckdbTarget);
  try {
    await directory.write(...DUMPS);
    expect((await directory.run()).result.status).toBe('done');
    right = await tables(directory);
    expect(right['click']).toHaveLength(3499);
  } finally {
    await directory.dispose();
  }
});
beforeEach(async () => {
  await place().put(...DUMPS);
  s3 = await S3World.create(place().proxy.address);
});
afterEach(async () => {
  await s3.dispose();
});

type When = (request: SeenRequest) => boolean;

const listing: When = (request) => request.query.has('list-type');
const manifest: When = (request) => request.path.endsWith('/manifests/sync_1.json');
/** The file's header is asked for by its first bytes, its body from the first byte to the last. */
const header: When = (request) => request.path.endsWith(CLICK) && request.range === 'bytes=0-65535';
const body: When = (request) => request.path.endsWith(CLICK) && request.range === 'bytes=0-';
const rest: When = (request) => request.path.endsWith(CLICK) && !header(request) && !body(request);

function strike(when: When, fault: Fault, times = 1): void {
  place().proxy.add({ when, fault, times });
}

const answer = (status: number, code: string, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  code,
  headers,
});

/** Ranges of the click file that were asked for, after its header. */
function bodyRanges(): readonly (string | undefined)[] {
  return place()
    .proxy.requests.filter((request) => request.path.endsWith(CLICK) && !header(request))
    .map((request) => request.range);
}

describe('a run ends in the right tables in spite of', () => {
  it('nothing, with the requests the others are measured by', async () => {
    expect((await s3.run()).counts).toEqual(CLEAN);
    expect(await tables(s3.world)).toEqual(right);
  });

  it.each<[string, When, Fault]>([
    ['a reset in the middle of a body', body, { kind: 'reset', afterBytes: 20_000 }],
    ['a body cut short with a Content-Length that agrees', body, { kind: 'truncate', afterBytes: 20_000 }],
    ['a body that stalls', body, { kind: 'stall', afterBytes: 20_000 }],
  ])('%s: the rest is asked for, from the first byte that is missing', async (_what, when, fault) => {
    strike(when, fault);
    const { result, counts } = await s3.run();
    expect(result).toMatchObject({ status: 'done', loadsDone: 3, failures: [] });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET + 1 });
    expect(bodyRanges()).toEqual(['bytes=0-', expect.stringMatching(/^bytes=20000-\d+$/)]);
    expect(await tables(s3.world)).toEqual(right);
  });

  it('a header that breaks off', async () => {
    strike(header, { kind: 'reset', afterBytes: 100 });
    expect((await s3.run()).counts).toEqual({ ...CLEAN, GET: CLEAN.GET + 1 });
    expect(await tables(s3.world)).toEqual(right);
  });

  it.each<[string, When, Fault, Partial<Counts>]>([
    ['500 on a body', body, answer(500, 'InternalError'), { GET: 2 }],
    ['500 on a header', header, answer(500, 'InternalError'), { GET: 2 }],
    ['503 on a manifest', manifest, answer(503, 'SlowDown'), { GET: 2 }],
    ['503 on the listing', listing, answer(503, 'SlowDown'), { LIST: 2 }],
    ['no answer on a body', body, { kind: 'hang' }, { GET: 2 }],
  ])('%s, twice', async (_what, when, fault, more) => {
    strike(when, fault, 2);
    const { result, counts } = await s3.run();
    expect(result).toMatchObject({ status: 'done', failures: [] });
    expect(counts).toEqual({
      LIST: CLEAN.LIST + (more.LIST ?? 0),
      GET: CLEAN.GET + (more.GET ?? 0),
      HEAD: 0,
    });
    expect(await tables(s3.world)).toEqual(right);
  });

  it('503 SlowDown, which is obeyed when it says how long to wait', async () => {
    strike(body, answer(503, 'SlowDown', { 'retry-after': '1' }));
    expect((await s3.run()).counts).toEqual({ ...CLEAN, GET: CLEAN.GET + 1 });
    const [first, second] = place().proxy.requests.filter(body);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
    expect(await tables(s3.world)).toEqual(right);
  });

  it('a clock that is an hour slow', async () => {
    const now = new Date(Date.now() + 3_600_000).toUTCString();
    strike(() => true, answer(403, 'RequestTimeTooSkewed', { date: now }));
    const { result, counts } = await s3.run();
    expect(result.status).toBe('done');
    expect(counts).toEqual({ ...CLEAN, LIST: 2 });
    expect(await tables(s3.world)).toEqual(right);
  });

  it('credentials that expire in the middle, when there are new ones', async () => {
    strike(body, { kind: 'reset', afterBytes: 20_000 });
    place().proxy.add({
      when: (request) => request.accessKey === TEST_KEY && place().proxy.requests.some(rest),
      fault: answer(400, 'ExpiredToken'),
      times: 100,
    });
    const ran = await s3.run({
      onOperation: (moment, operation) => {
        if (moment === 'before' && operation.kind === 'transfer')
          vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIARENEWEDRENEWED00');
      },
    });
    expect(ran.result).toMatchObject({ status: 'done', failures: [] });
    // One more for the break, one for the refusal; what follows is signed with the new key at once.
    expect(ran.counts).toEqual({ ...CLEAN, GET: CLEAN.GET + 2 });
    expect(place().proxy.requests.at(-1)?.accessKey).toBe('AKIARENEWEDRENEWED00');
    expect(await tables(s3.world)).toEqual(right);
  });
});

describe('a run fails clearly, keeps the other tables, and the next one ends in the right tables, after', () => {
  /** The click loads fail or wait; users are there; then, without the fault, everything is. */
  async function failsThenRecovers(expected: object): Promise<Counts> {
    const { result, counts } = await s3.run();
    expect(result).toMatchObject({
      status: 'failed',
      loadsDone: 1,
      error: undefined,
      failures: [{ dumpId: 1n, table: 'click' }],
    });
    expect(result.failures).toHaveLength(1);
    expect(result.failures[0]?.error).toMatchObject(expected);
    expect(await s3.world.rows('users', 'user_id')).toEqual(right['users']);
    expect(await committed('click')).toBe(0n);
    place().proxy.clear();
    await recovers();
    return counts;
  }

  async function committed(table: string): Promise<unknown> {
    const loads = s3.world.table('_heapload_loads');
    const [row] = await s3.world.query(
      `SELECT count(*) AS n FROM ${loads} WHERE table_name = '${table}' AND status = 'loaded'`,
    );
    return row?.['n'];
  }

  async function recovers(): Promise<void> {
    expect((await s3.run()).result).toMatchObject({ status: 'done', loadsDone: 2, failures: [] });
    expect(await tables(s3.world)).toEqual(right);
  }

  it('wrong bytes, which the checksum in the file tells', async () => {
    strike(body, { kind: 'corrupt', atByte: 20_000 });
    const counts = await failsThenRecovers({
      code: 'AVRO_INVALID',
      message: expect.stringMatching(/checksum|CRC/i) as string,
      place: { file: CLICK, dump: 1n, table: 'click', offset: expect.any(Number) as number },
    });
    // Not asked for again, and dump 2 waits: its two bodies are not read.
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 });
  });

  it('an outage that does not end', async () => {
    strike(body, answer(503, 'SlowDown'), 100);
    const counts = await failsThenRecovers({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('after 4 attempts: 503 SlowDown') as string,
      place: { file: CLICK },
    });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 + 3 });
  });

  it('a stall that does not end', async () => {
    strike((request) => body(request) || rest(request), { kind: 'stall', afterBytes: 1000 }, 100);
    const counts = await failsThenRecovers({
      code: 'SOURCE_UNREADABLE',
      message: expect.stringContaining('no byte came for 0.4 s') as string,
      place: { file: CLICK, offset: 4000 },
    });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 + 3 });
  });

  it('a clock that cannot be corrected', async () => {
    strike(() => true, answer(403, 'RequestTimeTooSkewed'), 100);
    await expect(s3.run()).rejects.toMatchObject({
      code: 'SOURCE_DENIED',
      hint: expect.stringContaining('Set the clock') as string,
    });
    expect(place().proxy.requests).toHaveLength(1);
    place().proxy.clear();
    expect((await s3.run()).result).toMatchObject({ status: 'done', loadsDone: 3 });
    expect(await tables(s3.world)).toEqual(right);
  });

  it('an answer that nobody knows, which is not tried again', async () => {
    strike(body, answer(418, 'TeapotBusy'), 100);
    const counts = await failsThenRecovers({ code: 'SOURCE_UNREADABLE', place: { file: CLICK } });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 });
  });

  it('credentials that expire in the middle, when there are no others', async () => {
    const { proxy } = place();
    // From then on nothing can be read any more.
    proxy.add({ when: () => proxy.requests.some(body), fault: answer(400, 'ExpiredToken'), times: 100 });
    const counts = await failsThenRecovers({
      code: 'SOURCE_DENIED',
      message: 'The temporary credentials have expired.',
    });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 });
  });

  it('an object that vanishes between listing and reading its header', async () => {
    strike(header, answer(404, 'NoSuchKey'));
    const counts = await failsThenRecovers({ code: 'SOURCE_MISSING', place: { file: CLICK } });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 4 });
  });

  it('an object that vanishes between planning and reading', async () => {
    strike(body, answer(404, 'NoSuchKey'));
    const counts = await failsThenRecovers({ code: 'SOURCE_MISSING', place: { file: CLICK } });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 });
  });

  it('a manifest that vanishes between listing and reading', async () => {
    strike(manifest, answer(404, 'NoSuchKey'));
    const { result, counts } = await s3.run();
    // Everything waits: what dump 1 holds may have to come before dump 2.
    expect(result).toMatchObject({
      status: 'failed',
      loadsDone: 0,
      failures: [{ dumpId: 1n, table: undefined, error: { code: 'SOURCE_MISSING' } }],
    });
    expect(counts).toEqual({ LIST: 1, GET: 2, HEAD: 0 });
    expect((await s3.run()).result).toMatchObject({ status: 'done', loadsDone: 3, failures: [] });
    expect(await tables(s3.world)).toEqual(right);
  });

  it('an object that is overwritten between planning and reading', async () => {
    const changed = dumpObjects({ dumpId: 1n, tables: [events('click', 1, 2000, 'changed')] });
    const other = changed.find((object) => object.key === CLICK)?.body ?? '';
    const counts: Counts = { LIST: 0, GET: 0, HEAD: 0 };
    const store = await s3.store(counts);
    let overwritten = false;
    const open: ObjectStore['open'] = async (key, options) => {
      // Bodies are bound to the etag that was seen with the header.
      if (key === CLICK && options?.etag !== undefined && !overwritten) {
        overwritten = true;
        await place().bucket.put(CLICK, other);
      }
      return await store.open(key, options);
    };
    const { result } = await s3.run({ store: { ...store, open } });
    expect(counts).toEqual({ ...CLEAN, GET: CLEAN.GET - 2 });
    expect(result).toMatchObject({
      status: 'failed',
      loadsDone: 1,
      failures: [{ dumpId: 1n, table: 'click', error: { code: 'SOURCE_CHANGED', place: { file: CLICK } } }],
    });
    expect(await committed('click')).toBe(0n);
    // The next run takes what is there then, the whole of it.
    expect((await s3.run()).result).toMatchObject({ status: 'done', loadsDone: 2 });
    const labels = (await s3.world.rows('click', 'event_id')).map(
      (row) => String(row['label']).split(' ')[0],
    );
    expect(new Set(labels)).toEqual(new Set(['first', 'changed', 'second']));
  });
});
