import type { Bucket, StorageOptions } from '@google-cloud/storage';
import type { AuthClient } from 'google-auth-library';
import type { Client } from './client.js';

/** The bucket, spoken to with the credentials of the BigQuery client. */
export async function openBucket(client: Client, name: string): Promise<Bucket> {
  const { Storage } = await import('@google-cloud/storage');
  const { settings } = client;
  const storage = new Storage({
    projectId: settings.project,
    authClient: forOlderLibrary(client.auth),
    ...(settings.apiEndpoint === undefined ? {} : { apiEndpoint: settings.apiEndpoint }),
  });
  return storage.bucket(name);
}

/**
 * Cloud Storage's client for this version of Node comes with an older release of Google's authentication, whose
 * headers are plain objects. One set of credentials for both is worth these lines: impersonation and workload
 * identity work for both in the same way, and a token is fetched once.
 */
function forOlderLibrary(auth: AuthClient): NonNullable<StorageOptions['authClient']> {
  const older = {
    projectId: auth.projectId,
    universeDomain: auth.universeDomain,
    credentials: {},
    on: () => older,
    getAccessToken: () => auth.getAccessToken(),
    getRequestHeaders: async (url?: string) => plain(await auth.getRequestHeaders(url)),
    request: async (options: Parameters<AuthClient['request']>[0]) => {
      const response = await auth.request({ ...options, retry: false });
      const { config, data, status, statusText, headers } = response;
      return { config, data, status, statusText, headers: plain(headers) };
    },
  };
  // The two releases are different types with the same members, as far as this client uses them.
  return older as unknown as NonNullable<StorageOptions['authClient']>;
}

function plain(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(headers.entries());
}
