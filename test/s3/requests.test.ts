import { describe, expect, it } from 'vitest';
import type { DumpSpec } from '../support/dump-writer.js';
import { type Counts, S3World, events, usePlace, users } from './support.js';

const place = usePlace();

/** Dumps from `first` on, each with users and `tables` event tables: 1 + 2 × `tables` files. */
function dumps(prefix: string, first: number, count: number, tables: number): readonly DumpSpec[] {
  return Array.from({ length: count }, (_, n) => ({
    dumpId: BigInt(first + n),
    prefix,
    tables: [
      users(1, 2, `dump-${first + n}`),
      ...Array.from({ length: tables }, (_table, t) => events(`click_${t}`, 1000 * n, 4, 'x')),
    ],
  }));
}

async function world(prefix: string, pageSize?: number): Promise<S3World> {
  return await S3World.create(
    place().bucket.address,
    { source: { prefix } },
    pageSize === undefined ? {} : { pageSize },
  );
}

interface Age {
  readonly dumps: number;
  readonly tables: number;
}

/** A bucket of loaded dumps: what a run costs with nothing new, and then with one new dump. */
async function costs(
  prefix: string,
  old: Age,
  tables: number,
  pageSize?: number,
): Promise<readonly Counts[]> {
  const s3 = await world(prefix, pageSize);
  try {
    await place().put(...dumps(prefix, 1, old.dumps, old.tables));
    expect((await s3.run()).result.status).toBe('done');
    const idle = await s3.run();
    expect(idle.result.status).toBe('nothing');
    await place().put(...dumps(prefix, old.dumps + 1, 1, tables));
    const busy = await s3.run();
    expect(busy.result).toMatchObject({ status: 'done', failures: [], loadsDone: 1 + tables });
    return [idle.counts, busy.counts];
  } finally {
    await s3.dispose();
  }
}

describe('requests', () => {
  it('with nothing new there is one listing and nothing else, however many tables there are', async () => {
    const [few] = await costs('few/', { dumps: 2, tables: 1 }, 0);
    const [many] = await costs('many/', { dumps: 2, tables: 8 }, 0);
    expect(few).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
    expect(many).toEqual(few);
  });

  it('one new dump costs its manifest, and header and body of each of its files, whatever the age of the bucket', async () => {
    const files = 3;
    const [youngIdle, young] = await costs('young/', { dumps: 5, tables: 0 }, 1, 25);
    const [oldIdle, old] = await costs('old/', { dumps: 60, tables: 0 }, 1, 25);
    expect(young).toEqual({ LIST: 1, GET: 1 + 2 * files, HEAD: 0 });
    // 61 manifests on pages of 25.
    expect(old).toEqual({ LIST: 3, GET: young?.GET, HEAD: 0 });
    expect(youngIdle).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
    expect(oldIdle).toEqual({ LIST: 3, GET: 0, HEAD: 0 });
  });

  it('manifests of dumps that were loaded are not read again, also across digit lengths', async () => {
    const s3 = await world('digits/');
    try {
      await place().put(...dumps('digits/', 8, 3, 0));
      expect((await s3.run()).counts.GET).toBe(3 + 2 * 3);
      place().proxy.clear();
      // Late and early: 7 sorts between 10 and 8 as text, 100 before all of them.
      await place().put(...dumps('digits/', 7, 1, 0), ...dumps('digits/', 100, 1, 0));
      expect((await s3.run()).counts).toEqual({ LIST: 1, GET: 2 + 2 * 2, HEAD: 0 });
    } finally {
      await s3.dispose();
    }
  });

  it('superseded dumps cost their manifest only', async () => {
    const s3 = await world('superseded/');
    try {
      await place().put(...dumps('superseded/', 1, 4, 0), {
        dumpId: 5n,
        prefix: 'superseded/',
        tables: [users(1, 2, 'full', false)],
      });
      expect((await s3.run()).counts).toEqual({ LIST: 1, GET: 5 + 2, HEAD: 0 });
    } finally {
      await s3.dispose();
    }
  });

  it('a plan costs no body, and layout files lists once a run', async () => {
    const s3 = await world('plan/');
    const layoutFiles = await S3World.create(place().bucket.address, {
      source: { prefix: 'plan/', layout: 'files' },
    });
    try {
      await place().put(...dumps('plan/', 1, 2, 1));
      const counts: Counts = { LIST: 0, GET: 0, HEAD: 0 };
      const { plan } = await s3.world.plan({ store: await s3.store(counts) });
      expect(plan.loads).toHaveLength(4);
      expect(counts).toEqual({ LIST: 1, GET: 2 + 2 * 3, HEAD: 0 });

      const first = await layoutFiles.run();
      expect(first.result).toMatchObject({ status: 'done', loadsDone: 2 });
      expect(first.counts).toEqual({ LIST: 1, GET: 2 * 6, HEAD: 0 });
      const second = await layoutFiles.run();
      expect(second.result.status).toBe('nothing');
      expect(second.counts).toEqual({ LIST: 1, GET: 0, HEAD: 0 });
    } finally {
      await s3.dispose();
      await layoutFiles.dispose();
    }
  });

  it('planning again after a bad file asks for nothing that was seen before', async () => {
    const prefix = 'bad/';
    const { proxy, bucket } = place();
    const s3 = await S3World.create(proxy.address, { source: { prefix }, on_bad_file: 'skip' });
    try {
      await place().put(...dumps(prefix, 1, 1, 1));
      const key = `${prefix}sync_1/click_0/part-00001.avro`;
      // A good header, and nothing of what should follow it.
      const whole = await (await fetch(`${bucket.address}/${bucket.name}/${key}`)).arrayBuffer();
      await bucket.put(key, Buffer.from(whole).subarray(0, whole.byteLength - 20));
      const ran = await s3.run();
      expect(ran.result.status).toBe('done');
      expect(await s3.world.rows('click_0', 'event_id')).toHaveLength(2);
      // Both files of the table again after the second one turned out bad, less the bad one; no header twice.
      expect(ran.counts).toEqual({ LIST: 1, GET: 1 + 3 + 3 + 1, HEAD: 0 });
      const heads = proxy.requests.filter((request) => request.range === 'bytes=0-65535');
      expect(new Set(heads.map((request) => request.path)).size).toBe(heads.length);
    } finally {
      await s3.dispose();
    }
  });
});
