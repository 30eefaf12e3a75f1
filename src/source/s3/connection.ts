import { setMaxListeners } from 'node:events';
import {
  S3Client,
  type GetObjectCommand,
  type GetObjectCommandOutput,
  type HeadBucketCommand,
  type HeadBucketCommandOutput,
  type HeadObjectCommand,
  type HeadObjectCommandOutput,
  type ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { S3Source } from '../../config/types.js';
import { credentialsFor, type CredentialProvider } from './credentials.js';
import { isExpired } from './denials.js';
import { type ErrorContext, interrupted } from './errors.js';
import { failureOf } from './failure.js';
import { limitsOf, type RequestKind, type S3Limits, type S3Options } from './options.js';
import { createRedactor, type Redactor } from './redact.js';
import { MAX_SOCKETS, requestHandler } from './request-handler.js';
import { retryStrategy } from './retry.js';

/** A client of one bucket in one region, with what is needed to word its errors. */
export interface S3Connection extends ErrorContext {
  readonly limits: S3Limits;
  send(command: ListObjectsV2Command, signal: AbortSignal | undefined): Promise<ListObjectsV2CommandOutput>;
  send(command: GetObjectCommand, signal: AbortSignal | undefined): Promise<GetObjectCommandOutput>;
  send(command: HeadObjectCommand, signal: AbortSignal | undefined): Promise<HeadObjectCommandOutput>;
  send(command: HeadBucketCommand, signal: AbortSignal | undefined): Promise<HeadBucketCommandOutput>;
}

/** Credentials and settings shared by the connection that looks for the region and the one that stays. */
export interface ConnectionParts {
  readonly source: S3Source;
  readonly options: S3Options;
  readonly limits: S3Limits;
  readonly redactor: Redactor;
  readonly credentials: CredentialProvider;
}

export function connectionParts(source: S3Source, options: S3Options): ConnectionParts {
  const limits = limitsOf(options);
  const redactor = createRedactor();
  const credentials = credentialsFor(source, { limits, redactor, sessionName: options.sessionName });
  return { source, options, limits, redactor, credentials };
}

/** Makes no request yet. */
export function connect(parts: ConnectionParts, region: string): S3Connection {
  const { source, limits, redactor } = parts;
  const client = new S3Client({
    region,
    credentials: parts.credentials,
    requestHandler: requestHandler(limits),
    retryStrategy: retryStrategy(limits),
    // Stores other than Amazon's answer with no checksums, or with ones the SDK cannot use on a range.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(source.endpoint === undefined ? {} : { endpoint: source.endpoint }),
    ...(source.pathStyle ? { forcePathStyle: true } : {}),
  });
  count(client, parts.options.onRequest);
  // The SDK's overloads of `send` say which output belongs to which command; the interface repeats that.
  const send = (command: unknown, signal: AbortSignal | undefined): Promise<unknown> =>
    sendFresh(client, command as GetObjectCommand, signal);
  return { source: { ...source, region }, redactor, limits, send: send as S3Connection['send'] };
}

/** Credentials that the server calls expired are renewed once, ahead of the date they carry. */
async function sendFresh(
  client: S3Client,
  command: GetObjectCommand,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const aborted = (): boolean => signal?.aborted === true;
  // All requests of a run wait for one signal, more than the ten that Node takes for a leak.
  if (signal !== undefined) setMaxListeners(2 * MAX_SOCKETS, signal);
  const attempt = (): Promise<unknown> =>
    client.send(command, signal === undefined ? {} : { abortSignal: signal });
  if (aborted()) throw interrupted(signal?.reason);
  const before = await client.config.credentials();
  try {
    return await attempt();
  } catch (error) {
    if (aborted()) throw interrupted(signal?.reason);
    if (!isExpired(failureOf(error)) || !(await renewed(client, before))) throw error;
    return await attempt();
  }
}

type Identity = Awaited<ReturnType<CredentialProvider>>;

/** Whether there are other credentials than those that expired; many requests may find out at once. */
async function renewed(client: S3Client, expired: Identity): Promise<boolean> {
  const other = (identity: Identity): boolean =>
    identity.accessKeyId !== expired.accessKeyId || identity.sessionToken !== expired.sessionToken;
  return (
    other(await client.config.credentials()) || other(await client.config.credentials({ forceRefresh: true }))
  );
}

const KINDS: Readonly<Record<string, RequestKind>> = {
  ListObjectsV2Command: 'LIST',
  GetObjectCommand: 'GET',
  HeadObjectCommand: 'HEAD',
  HeadBucketCommand: 'HEAD',
};

function count(client: S3Client, onRequest: S3Options['onRequest']): void {
  if (onRequest === undefined) return;
  client.middlewareStack.add(
    (next, context) => (request) => {
      const kind = KINDS[context.commandName ?? ''];
      if (kind !== undefined) onRequest(kind);
      return next(request);
    },
    // Inside the SDK's retries, so that each attempt counts.
    { step: 'deserialize', priority: 'low', name: 'heaploadRequestCount' },
  );
}
