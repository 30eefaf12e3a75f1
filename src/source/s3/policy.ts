import type { S3Source } from '../../config/types.js';

/** One statement of an IAM policy, as it is pasted. */
export interface PolicyStatement {
  readonly Effect: 'Allow';
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Place = Pick<S3Source, 'bucket' | 'prefix' | 'region' | 'layout'>;

/** `arn:aws:s3:::bucket`; a bucket given as an ARN (an access point) stays as it is. */
export function bucketArn(source: Pick<Place, 'bucket' | 'region'>): string {
  return source.bucket.startsWith('arn:')
    ? source.bucket
    : `arn:${partition(source.region)}:s3:::${source.bucket}`;
}

/** What listing needs. */
export function listStatement(source: Place): PolicyStatement {
  return {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: bucketArn(source),
    Condition: { StringLike: { 's3:prefix': listedPrefixes(source) } },
  };
}

/** What reading needs. */
export function readStatement(source: Place): PolicyStatement {
  const objects = source.bucket.startsWith('arn:') ? '/object' : '';
  return {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: `${bucketArn(source)}${objects}/${source.prefix}*`,
  };
}

/** What reading needs besides when the bucket is encrypted with a KMS key of the customer. */
export function decryptStatement(source: Place, key: string | undefined): PolicyStatement {
  const fallback = `arn:${partition(source.region)}:kms:${source.region ?? 'REGION'}:ACCOUNT:key/KEY-ID`;
  return { Effect: 'Allow', Action: 'kms:Decrypt', Resource: key ?? fallback };
}

/** The whole policy of a user or role that runs heapload against this source. */
export function leastPolicy(source: Place): object {
  return { Version: '2012-10-17', Statement: [listStatement(source), readStatement(source)] };
}

/** Statements as text to paste; they hold no secret. */
export function pasteable(statement: object): string {
  return JSON.stringify(statement, null, 2);
}

function listedPrefixes(source: Place): readonly string[] {
  return source.layout === 'manifests'
    ? [`${source.prefix}manifests/*`, `${source.prefix}sync_*`]
    : [`${source.prefix}*`];
}

function partition(region: string | undefined): string {
  if (region?.startsWith('cn-') === true) return 'aws-cn';
  return region?.startsWith('us-gov-') === true ? 'aws-us-gov' : 'aws';
}
