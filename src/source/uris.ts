import { HeaploadError } from '../errors.js';
import { keyDanger } from './keys.js';

/** Which bucket names file URIs may carry. */
export interface UriRules {
  /** Undefined: any bucket. */
  readonly bucket: string | undefined;
  /** `source.bucket_aliases`. */
  readonly aliases: readonly string[];
}

const S3_URI = /^s3[an]?:\/\/([^/]*)\/?(.*)$/is;
const ANY_SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/**
 * The key a file URI of a manifest stands for: `s3://bucket/key`, also `s3a://` and `s3n://`. Text without a
 * scheme is taken as a key from the root of the bucket. Percent signs, `?` and `#` are literal: object keys are
 * not URL-encoded in manifests. Throws `URI_FOREIGN`.
 */
export function keyOfUri(uri: string, rules: UriRules): string {
  const [, bucket, s3Key] = S3_URI.exec(uri) ?? [];
  if (bucket === undefined || s3Key === undefined) {
    if (ANY_SCHEME.test(uri)) throw unreadable(uri, 'only s3://, s3a:// and s3n:// are known');
    return checkedKey(uri, uri);
  }
  if (bucket === '') throw unreadable(uri, 'it names no bucket');
  if (rules.bucket !== undefined && bucket !== rules.bucket && !rules.aliases.includes(bucket)) {
    throw foreignBucket(uri, bucket, rules.bucket);
  }
  return checkedKey(s3Key, uri);
}

function checkedKey(key: string, uri: string): string {
  const danger = keyDanger(key);
  if (danger !== undefined) throw unreadable(uri, danger);
  return key;
}

function unreadable(uri: string, reason: string): HeaploadError {
  return new HeaploadError('URI_FOREIGN', `File URI ${JSON.stringify(uri)} cannot be used: ${reason}.`, {
    hint: 'File URIs look like s3://bucket/sync_1/users/a.avro. Correct the manifest, or ask who wrote it.',
  });
}

function foreignBucket(uri: string, named: string, configured: string): HeaploadError {
  const message = `File URI ${JSON.stringify(uri)} names bucket ${JSON.stringify(named)}, but the source is bucket ${JSON.stringify(configured)}.`;
  return new HeaploadError('URI_FOREIGN', message, {
    hint:
      `If ${named} is another name of ${configured}, or its dumps were copied there, add it: ` +
      `source.bucket_aliases: [${JSON.stringify(named)}]. Otherwise correct source.bucket.`,
  });
}
