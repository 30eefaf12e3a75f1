import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import type { S3Source } from '../../../src/config/types.js';
import type { ObjectBody } from '../../../src/source/object-store.js';

export interface TestBucket {
  readonly address: string;
  readonly name: string;
  put(key: string, content: Uint8Array | string): Promise<void>;
  get(key: string): Promise<Uint8Array>;
  /** Of the first thousand objects. */
  keys(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** A bucket of fauxqs on loopback: pages, ranges, ETags and If-Match are its own; it checks no signature. */
export async function startBucket(name = 'heap-rs3-test'): Promise<TestBucket> {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  const address = `http://127.0.0.1:${server.port}`;
  const client = new S3Client({
    endpoint: address,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'writer', secretAccessKey: 'writer' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return {
    address,
    name,
    async put(key, content) {
      await client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: Buffer.from(content) }));
    },
    async get(key) {
      const { Body: body } = await client.send(new GetObjectCommand({ Bucket: name, Key: key }));
      return (await body?.transformToByteArray()) ?? new Uint8Array();
    },
    async keys() {
      const { Contents: objects = [] } = await client.send(new ListObjectsV2Command({ Bucket: name }));
      return objects.map(({ Key: key = '' }) => key);
    },
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}

/** A source of that bucket through that endpoint, with the region given so that no request looks for it. */
export function sourceOf(endpoint: string, more: Partial<S3Source> = {}): S3Source {
  return {
    type: 's3',
    bucket: 'heap-rs3-test',
    prefix: '',
    layout: 'manifests',
    patterns: [],
    bucketAliases: [],
    startDate: undefined,
    region: 'us-east-1',
    profile: undefined,
    roleArn: undefined,
    externalId: undefined,
    endpoint,
    pathStyle: true,
    ...more,
  };
}

/** All bytes of a body. */
export async function contentOf(body: ObjectBody): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes without a period that a reader's buffers could hide behind. */
export function patterned(size: number): Buffer {
  const content = Buffer.alloc(size);
  let state = 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content[index] = state >>> 24;
  }
  return content;
}
