import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { HeaploadError } from '../../errors.js';
import type { ObjectInfo } from '../object-store.js';
import type { S3Connection } from './connection.js';
import { asSourceError } from './errors.js';
import { unquoted } from './object.js';

interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  readonly pageSize?: number | undefined;
}

/** Objects under a prefix, one page in memory at a time; the next page is asked for when this one was consumed. */
export async function* listObjects(
  connection: S3Connection,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let token: string | undefined;
  do {
    const page = await pageAt(connection, prefix, token, options);
    yield* objectsOf(page);
    token = nextToken(page, token, prefix);
  } while (token !== undefined);
}

async function pageAt(
  connection: S3Connection,
  prefix: string,
  token: string | undefined,
  options: ListOptions,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: connection.source.bucket,
    // XML cannot carry every character a key may have.
    EncodingType: 'url',
    ...(prefix === '' ? {} : { Prefix: prefix }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(options.pageSize === undefined ? {} : { MaxKeys: options.pageSize }),
  });
  try {
    return await connection.send(command, options.signal);
  } catch (error) {
    throw asSourceError(error, { kind: 'list', prefix }, connection);
  }
}

function* objectsOf(page: ListObjectsV2CommandOutput): Generator<ObjectInfo> {
  const encoded = page.EncodingType === 'url';
  for (const object of page.Contents ?? []) {
    const key = encoded ? decoded(object.Key ?? '') : (object.Key ?? '');
    // The S3 console makes such an object for each "folder".
    if (key === '' || key.endsWith('/')) continue;
    yield {
      key,
      size: object.Size ?? 0,
      etag: unquoted(object.ETag ?? ''),
      modifiedAt: object.LastModified?.getTime() ?? 0,
    };
  }
}

/** S3 writes a space as `+` and a plus sign as `%2B`. */
function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}

function nextToken(
  page: ListObjectsV2CommandOutput,
  last: string | undefined,
  prefix: string,
): string | undefined {
  if (page.IsTruncated !== true) return undefined;
  const token = page.NextContinuationToken;
  if (token !== undefined && token !== '' && token !== last) return token;
  throw new HeaploadError(
    'SOURCE_UNREADABLE',
    `The listing of "${prefix}" cannot be continued: the store says there is more, but not where.`,
    {
      hint: 'The store does not follow ListObjectsV2. Nothing was planned on half a listing.',
    },
  );
}
