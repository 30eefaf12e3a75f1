import path from 'node:path';
import type { SourceConfig } from '../config/types.js';
import { asHeaploadError } from '../errors.js';
import { type CheckResult, checkStore } from './check-store.js';
import type { ObjectStore } from './object-store.js';
import { openStore } from './open-store.js';
import { checkS3 } from './s3/check.js';

export type { CheckResult } from './check-store.js';

/** Whether the configured source can be used: reach it, list it, read a manifest, read one byte of a data file. */
export async function checkSource(
  source: SourceConfig,
  signal?: AbortSignal,
): Promise<readonly CheckResult[]> {
  let store: ObjectStore;
  try {
    store = await openStore(source);
  } catch (thrown) {
    const error = asHeaploadError(thrown);
    if (error.code === 'BUG') throw error;
    return [{ what: `reach ${locationOf(source)}`, ok: false, error }];
  }
  if (source.type === 's3') return await checkS3(source, store, signal);
  const { prefix, layout } = source;
  const checked = {
    store,
    prefix,
    layout,
    at: (key: string) => path.join(source.path, key),
    called: `directory ${source.path}`,
    dumplessHint: 'The manifests were copied but the dumps were not: copy sync_<id>/ as well.',
  };
  return await checkStore(checked, signal);
}

function locationOf(source: SourceConfig): string {
  return source.type === 's3' ? `s3://${source.bucket}` : source.path;
}
