import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Source } from '../../config/types.js';
import { connect, type ConnectionParts } from './connection.js';
import { asSourceError } from './errors.js';
import { failureOf } from './failure.js';

const FIRST_GUESS = 'us-east-1';

/**
 * The region of the source's bucket: the configured one, else the one S3 names when it is asked about the bucket
 * (also in its refusals, so the least policy suffices), else the one of the environment or profile.
 * One HEAD request, none when the region is configured.
 *
 * The SDK's `followRegionRedirects` is not used: it would repeat every request, and it swaps the region of the
 * whole client while one request is under way, which parallel requests notice.
 */
export async function findRegion(parts: ConnectionParts): Promise<string> {
  const { source } = parts;
  if (source.region !== undefined) return source.region;
  const guess = await configuredRegion(source);
  const connection = connect(parts, guess);
  try {
    const answer = await connection.send(new HeadBucketCommand({ Bucket: source.bucket }), undefined);
    return named(answer.BucketRegion) ?? guess;
  } catch (error) {
    const failure = failureOf(error);
    if (failure.region !== undefined) return failure.region;
    // Without a name for the region: a store that has none, or one whose policy hides the bucket.
    if (failure.status === 403 || failure.status === 400) return guess;
    throw asSourceError(error, { kind: 'locate' }, { ...parts, source: connection.source });
  }
}

/** From AWS_REGION or the profile, as the SDK looks for it. */
async function configuredRegion(source: S3Source): Promise<string> {
  const client = new S3Client(source.profile === undefined ? {} : { profile: source.profile });
  try {
    return named(await client.config.region()) ?? FIRST_GUESS;
  } catch {
    // The SDK throws when there is none.
    return FIRST_GUESS;
  } finally {
    client.destroy();
  }
}

function named(region: string | undefined): string | undefined {
  return region === undefined || region === '' ? undefined : region;
}
