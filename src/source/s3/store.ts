import type { S3Source } from '../../config/types.js';
import type { ObjectStore } from '../object-store.js';
import { connect, connectionParts } from './connection.js';
import { listObjects } from './list.js';
import { openObject } from './object.js';
import type { S3Options } from './options.js';
import { findRegion } from './region.js';

/**
 * A bucket of Amazon S3 or of a store that speaks its protocol. Makes no request when the region is configured,
 * else one HEAD. Throws `SOURCE_DENIED` (credentials, permissions, region), `SOURCE_MISSING` (no such bucket)
 * or `SOURCE_UNREADABLE` (network), and so do listing and reading.
 */
export async function openS3Store(source: S3Source, options: S3Options = {}): Promise<ObjectStore> {
  const parts = connectionParts(source, options);
  const connection = connect(parts, await findRegion(parts));
  return {
    bucket: source.bucket,
    location: `s3://${source.bucket}`,
    list: (prefix, { signal } = {}) =>
      listObjects(connection, prefix, { signal, pageSize: options.pageSize }),
    open: (key, read = {}) => openObject(connection, key, read),
  };
}
