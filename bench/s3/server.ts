import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** An object that need not exist anywhere: its bytes are made when they are asked for. */
export interface ServedObject {
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** The bytes from `start` up to `end`, in pieces. */
  readonly bytes: (start: number, end: number) => Iterable<Uint8Array>;
}

export interface ServedBucket {
  /** Keys with a prefix, sorted. */
  readonly keys: (prefix: string) => readonly string[];
  readonly object: (key: string) => ServedObject | undefined;
}

export interface Requests {
  LIST: number;
  GET: number;
  HEAD: number;
}

export interface BucketServer {
  readonly address: string;
  readonly requests: Requests;
  stop(): Promise<void>;
}

export const BUCKET = 'heap-rs3-acme-prod';
const PAGE = 1000;

/**
 * Serves a bucket on loopback: ListObjectsV2 in pages, GET and HEAD with ranges. Checks no signature. `perConnection`:
 * bytes a second that one answer is sent with at most.
 */
export async function serveBucket(bucket: ServedBucket, perConnection = Infinity): Promise<BucketServer> {
  const requests: Requests = { LIST: 0, GET: 0, HEAD: 0 };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://bucket.invalid');
    if (url.searchParams.has('list-type')) {
      requests.LIST += 1;
      list(bucket, url.searchParams, response);
      return;
    }
    requests[request.method === 'HEAD' ? 'HEAD' : 'GET'] += 1;
    const key = decodeURIComponent(url.pathname.slice(`/${BUCKET}/`.length));
    void give(bucket.object(key), request, response, perConnection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function list(bucket: ServedBucket, query: URLSearchParams, response: ServerResponse): void {
  const keys = bucket.keys(query.get('prefix') ?? '');
  const from = Number(query.get('continuation-token') ?? '0');
  const page = keys.slice(from, from + PAGE);
  const next = from + page.length;
  const entries = page.map((key) => {
    const { size, etag } = bucket.object(key) ?? { size: 0, etag: '' };
    return `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size></Contents>`;
  });
  const more = next < keys.length;
  const token = more ? `<NextContinuationToken>${next}</NextContinuationToken>` : '';
  response.setHeader('content-type', 'application/xml');
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType><KeyCount>${page.length}</KeyCount><IsTruncated>${String(more)}</IsTruncated>${token}${entries.join('')}</ListBucketResult>`,
  );
}

async function give(
  object: ServedObject | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  perConnection: number,
): Promise<void> {
  if (object === undefined) {
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>');
    return;
  }
  const { size, etag } = object;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? '0');
  const end = last === undefined || last === '' ? size : Math.min(size, Number(last) + 1);
  response.writeHead(first === undefined ? 200 : 206, {
    'content-length': end - start,
    'content-type': 'application/octet-stream',
    etag: `"${etag}"`,
    'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  });
  if (request.method !== 'HEAD') {
    const began = performance.now();
    let sent = 0;
    for (const piece of object.bytes(start, end)) {
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
      sent += piece.length;
      const early = (sent / perConnection) * 1000 - (performance.now() - began);
      if (early > 0) await setTimeout(early);
    }
  }
  response.end();
}

/** A client that goes away never drains. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
