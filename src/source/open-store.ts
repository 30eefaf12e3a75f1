import type { SourceConfig } from '../config/types.js';
import { directoryStore } from './directory-store.js';
import type { ObjectStore } from './object-store.js';

/**
 * The store a configuration names. A directory is looked at with the first request only; for a bucket see
 * `openS3Store`. The AWS SDK is loaded for buckets only.
 */
export async function openStore(config: SourceConfig): Promise<ObjectStore> {
  if (config.type === 'directory') return directoryStore(config.path, { bucket: config.bucket });
  const { openS3Store } = await import('./s3/store.js');
  return openS3Store(config);
}
