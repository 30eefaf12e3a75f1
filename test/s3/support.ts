import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import type { S3Source } from '../../src/config/types.js';
import type { ObjectStore } from '../../src/source/object-store.js';
import type { RequestKind, S3Options } from '../../src/source/s3/options.js';
import { openS3Store } from '../../src/source/s3/store.js';
import { type TestBucket, startBucket } from '../stand-ins/s3/bucket.js';
import { stubAwsKeys } from '../stand-ins/s3/environment.js';
import { type FaultProxy, startFaultProxy } from '../stand-ins/s3/fault-proxy.js';
import {
  type AvroRow,
  DEFAULT_BUCKET,
  type DumpSpec,
  type TableSpec,
  dumpObjects,
} from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { type Overrides, type Ran, type RunOptions, World } from '../support/world.js';

export type Counts = Record<RequestKind, number>;

/** A bucket behind a proxy that can break answers; both live as long as the tests of a file. */
export interface Place {
  readonly bucket: TestBucket;
  readonly proxy: FaultProxy;
  put(...dumps: readonly DumpSpec[]): Promise<void>;
}

/** Starts a bucket with its proxy before the tests of this file and stops them afterwards; static keys in between. */
export function usePlace(): () => Place {
  let place: Place | undefined;
  beforeAll(async () => {
    const bucket = await startBucket(DEFAULT_BUCKET);
    const proxy = await startFaultProxy(bucket.address);
    const put = async (...dumps: readonly DumpSpec[]): Promise<void> => {
      for (const object of dumps.flatMap(dumpObjects)) await bucket.put(object.key, object.body);
    };
    place = { bucket, proxy, put };
  });
  afterAll(async () => {
    await place?.proxy.stop();
    await place?.bucket.stop();
  });
  beforeEach(() => {
    stubAwsKeys();
    place?.proxy.clear();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  return () => {
    if (place === undefined) throw new Error('the bucket was not started');
    return place;
  };
}

/** The `source:` block of a bucket behind `endpoint`, with the region given so that no request looks for it. */
export function sourceBlock(endpoint: string, more: Overrides = {}): Overrides {
  return { type: 's3', bucket: DEFAULT_BUCKET, region: 'us-east-1', endpoint, path_style: true, ...more };
}

/** Patience for tests: every fault is over in a moment. */
export const QUICK: S3Options = {
  pauseMs: 5,
  longestPauseMs: 20,
  stallMs: 400,
  responseMs: 1000,
  attempts: 4,
  bodyAttempts: 4,
};

/** A warehouse fed from S3, which counts what its runs cost. */
export class S3World {
  readonly world: World;
  readonly #options: S3Options;

  private constructor(world: World, options: S3Options) {
    this.world = world;
    this.#options = options;
  }

  static async create(endpoint: string, more: Overrides = {}, options: S3Options = {}): Promise<S3World> {
    const { source, ...rest } = more;
    const block = sourceBlock(endpoint, source as Overrides | undefined);
    return new S3World(await World.create(duckdbTarget, { source: block, ...rest }), {
      ...QUICK,
      ...options,
    });
  }

  get source(): S3Source {
    const { source } = this.world.config;
    if (source.type !== 's3') throw new Error('not a bucket');
    return source;
  }

  async store(counts: Counts): Promise<ObjectStore> {
    return await openS3Store(this.source, { ...this.#options, onRequest: (kind) => (counts[kind] += 1) });
  }

  async run(options: RunOptions = {}): Promise<Ran & { readonly counts: Counts }> {
    const counts: Counts = { LIST: 0, GET: 0, HEAD: 0 };
    const ran = await this.world.run({ store: await this.store(counts), ...options });
    return { ...ran, counts };
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
  }
}

const USER = { user_id: 'long', email: 'string' };
const EVENT = { event_id: 'long', user_id: 'long', time: 'string', label: 'string' };

function record(fields: Readonly<Record<string, string>>): TableSpec['files'][number]['schema'] {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

function part(index: number): string {
  return `part-0000${index}.avro`;
}

/** Users in one file. */
export function users(from: number, rows: number, mark: string, incremental = true): TableSpec {
  const list = Array.from({ length: rows }, (_, n): AvroRow => ({
    user_id: from + n,
    email: `${mark}-${from + n}@acme.test`,
  }));
  return { name: 'users', incremental, files: [{ name: part(0), schema: record(USER), rows: list }] };
}

/** Rows of an event table in two files of several blocks each. */
export function events(name: string, from: number, rows: number, mark: string): TableSpec {
  const list = Array.from({ length: rows }, (_, n): AvroRow => ({
    event_id: from + n,
    user_id: n % 50,
    time: `2026-01-0${1 + (n % 9)} 10:00:00`,
    label: `${mark} ${((n * 7919) % 104_729).toString(36)} ${((n * 104_729) % 7_368_787).toString(36)}`,
  }));
  const half = Math.ceil(rows / 2);
  const files = [list.slice(0, half), list.slice(half)].map((some, index) => ({
    name: part(index),
    schema: record(EVENT),
    rows: some,
    rowsPerBlock: 200,
  }));
  return { name, incremental: true, files };
}
