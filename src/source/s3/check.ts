import type { S3Source } from '../../config/types.js';
import { type CheckResult, checkStore } from '../check-store.js';
import type { ObjectStore } from '../object-store.js';

export type { CheckResult } from '../check-store.js';

/** Whether the bucket can be used, under no more rights than the least policy gives; see {@link checkStore}. */
export async function checkS3(
  source: S3Source,
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { prefix, layout, bucket } = source;
  const checked = {
    store,
    prefix,
    layout,
    at: (key: string) => `s3://${bucket}/${key}`,
    called: `bucket ${bucket}`,
    dumplessHint:
      'The manifests are there but the dumps are not: check whether a lifecycle rule removes them, and source.prefix.',
  };
  return await checkStore(checked, signal);
}
