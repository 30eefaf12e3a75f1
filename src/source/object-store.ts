import type { LocalFile } from '../avro/types.js';

/** One object of a bucket, or one file of a directory that mirrors a bucket. */
export interface ObjectInfo {
  /** Path from the root of the bucket, `/` between its parts, never a leading one. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Identifies the content at this moment; a changed object has another one. */
  readonly etag: string;
  /** Milliseconds since 1970 UTC, as the store reports it. */
  readonly modifiedAt: number;
}

export interface ReadOptions {
  /** First byte wanted, from 0. */
  readonly start?: number;
  /** First byte not wanted. */
  readonly end?: number;
  /** Fail with `SOURCE_CHANGED` when the object no longer has this etag. */
  readonly etag?: string;
  readonly signal?: AbortSignal;
}

/** An object that was opened: what it is, and its bytes as they are asked for. */
export interface ObjectBody {
  /** Of the whole object, also when only a range is read. */
  readonly info: ObjectInfo;
  /** Can be iterated once; a slow consumer slows the producer, leaving the loop early closes it. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Read-only access to where dumps lie. Errors are `HeaploadError`s that name the key:
 * `SOURCE_MISSING` (no such object), `SOURCE_CHANGED`, `SOURCE_DENIED`, `SOURCE_UNREADABLE`.
 */
export interface ObjectStore {
  /** The bucket's name; undefined for a directory whose config names none: then URIs of any bucket are taken as keys. */
  readonly bucket: string | undefined;
  /** For people: `s3://bucket` or the directory's path. */
  readonly location: string;
  /** Objects whose key starts with `prefix`, in no promised order; directories themselves are not objects. */
  list(prefix: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<ObjectInfo>;
  /** Opens an object; a range beyond its end gives the bytes there are. */
  open(key: string, options?: ReadOptions): Promise<ObjectBody>;
  /** Finds an object for readers that cannot wait. Absent where objects come over a network. */
  readonly local?: (key: string, options?: Pick<ReadOptions, 'etag' | 'signal'>) => Promise<LocalFile>;
}
