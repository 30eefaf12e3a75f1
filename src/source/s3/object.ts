import { GetObjectCommand, HeadObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { HeaploadError } from '../../errors.js';
import type { ObjectBody, ObjectInfo, ReadOptions } from '../object-store.js';
import { bytesOf, type ByteStream } from './body.js';
import type { S3Connection } from './connection.js';
import { asSourceError, changed } from './errors.js';
import { failureOf } from './failure.js';

/** Opens an object, or a range of it; see {@link import('../object-store.js').ObjectStore.open}. */
export async function openObject(
  connection: S3Connection,
  key: string,
  options: ReadOptions,
): Promise<ObjectBody> {
  const start = options.start ?? 0;
  if (options.end !== undefined && options.end <= start) return nothing(connection, key, options);
  // Always a range, so that the answer tells the size of the whole object besides that of its own body.
  const first = await ranged(connection, key, { ...options, start });
  if (first === 'beyond the end') return nothing(connection, key, options);
  const { info, stream } = first;
  const end = Math.min(options.end ?? info.size, info.size);
  const reopen = async (position: number): Promise<ByteStream> => {
    const again = await ranged(connection, key, { ...options, start: position, end, etag: info.etag });
    if (again === 'beyond the end' || again.info.size !== info.size) throw changedError(connection, key);
    return again.stream;
  };
  const plan = { key, start, end, first: stream, reopen, limits: connection.limits, signal: options.signal };
  return { info, bytes: bytesOf(plan) };
}

interface Opened {
  readonly info: ObjectInfo;
  readonly stream: ByteStream;
}

async function ranged(
  connection: S3Connection,
  key: string,
  wanted: ReadOptions & { readonly start: number },
): Promise<Opened | 'beyond the end'> {
  const command = new GetObjectCommand({
    Bucket: connection.source.bucket,
    Key: key,
    Range: `bytes=${wanted.start}-${wanted.end === undefined ? '' : wanted.end - 1}`,
    ...(wanted.etag === undefined ? {} : { IfMatch: quoted(wanted.etag) }),
  });
  try {
    const answer = await connection.send(command, wanted.signal);
    return opened(connection, key, wanted, answer);
  } catch (error) {
    if (failureOf(error).status === 416) return 'beyond the end';
    throw asSourceError(error, { kind: 'read', key }, connection);
  }
}

function opened(
  connection: S3Connection,
  key: string,
  wanted: ReadOptions & { readonly start: number },
  answer: GetObjectCommandOutput,
): Opened {
  const { Body: body } = answer;
  if (!(body instanceof Readable)) throw new TypeError('S3 answered without a stream');
  try {
    const range = sizeFrom(answer, wanted.start);
    if (range === undefined) throw ignoredRange(connection, key);
    const info = infoOf(key, { ...answer, ContentLength: range });
    if (wanted.etag !== undefined && info.etag !== unquoted(wanted.etag)) throw changedError(connection, key);
    return { info, stream: body };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** The size of the whole object; undefined when the answer does not begin at the byte that was asked for. */
function sizeFrom(answer: GetObjectCommandOutput, start: number): number | undefined {
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '');
  if (range === null) return start === 0 ? answer.ContentLength : undefined;
  return Number(range[1]) === start ? Number(range[3]) : undefined;
}

/** For an empty range: what the object is, without any of its bytes. */
async function nothing(connection: S3Connection, key: string, options: ReadOptions): Promise<ObjectBody> {
  const command = new HeadObjectCommand({
    Bucket: connection.source.bucket,
    Key: key,
    ...(options.etag === undefined ? {} : { IfMatch: quoted(options.etag) }),
  });
  try {
    const answer = await connection.send(command, options.signal);
    const info = infoOf(key, answer);
    const start = options.start ?? 0;
    const other = options.etag !== undefined && info.etag !== unquoted(options.etag);
    // It was said to end before `start` a moment ago.
    const grown = start < info.size && (options.end ?? info.size) > start;
    if (other || grown) throw changedError(connection, key);
    return { info, bytes: Readable.from([]) };
  } catch (error) {
    throw asSourceError(error, { kind: 'read', key }, connection);
  }
}

interface Described {
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

function infoOf(key: string, answer: Described): ObjectInfo {
  return {
    key,
    size: answer.ContentLength ?? 0,
    etag: unquoted(answer.ETag ?? ''),
    modifiedAt: answer.LastModified?.getTime() ?? 0,
  };
}

/** ETags are kept without their quotes, whichever way a store writes them. */
export function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

function quoted(etag: string): string {
  return etag.startsWith('W/') ? etag : `"${unquoted(etag)}"`;
}

function changedError(connection: S3Connection, key: string): HeaploadError {
  const told = changed({ kind: 'read', key }, connection);
  return new HeaploadError(told.code, told.message, { hint: told.hint, place: { file: key } });
}

function ignoredRange(connection: S3Connection, key: string): HeaploadError {
  return new HeaploadError('SOURCE_UNREADABLE', 'The store ignored the range of a request.', {
    hint: `Check whether ${connection.source.endpoint ?? 'a proxy on the way'} supports ranged GET requests; heapload needs them.`,
    place: { file: key },
  });
}
