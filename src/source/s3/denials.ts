import { describeFailure } from './describe.js';
import type { Action, ErrorContext, Told } from './errors.js';
import type { Failure } from './failure.js';
import { bucketArn, decryptStatement, listStatement, pasteable, readStatement } from './policy.js';

const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
]);
const UNKNOWN_KEY: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
]);
const CLOCK: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);

/** True when the service says that temporary credentials are over, whatever their own date says. */
export function isExpired(failure: Failure): boolean {
  return EXPIRED.has(failure.name);
}

/** Every way in which S3 says no; undefined when it is something else. */
export function explainDenial(failure: Failure, action: Action, context: ErrorContext): Told | undefined {
  return explainCredentials(failure, context) ?? explainPermission(failure, action, context);
}

function explainCredentials(failure: Failure, context: ErrorContext): Told | undefined {
  if (isExpired(failure)) {
    return denied(
      'The temporary credentials have expired.',
      'Get new ones (for example `aws sso login`, or new values of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN) and run it again; source.role_arn renews them by itself.',
    );
  }
  if (CLOCK.has(failure.name)) {
    return denied(
      "This machine's clock is too far from that of S3, which therefore refuses its signatures.",
      'Set the clock (for example with an NTP service) and run it again.',
    );
  }
  if (UNKNOWN_KEY.has(failure.name)) {
    return denied(
      `S3 does not know the access key (${failure.name}).`,
      'Check which credentials are in use: environment, source.profile or the role of the machine. The key may be deleted, or be one of another store or partition (source.endpoint, source.region).',
    );
  }
  if (failure.name !== 'SignatureDoesNotMatch') return undefined;
  return denied(
    'S3 refuses the signature: the secret does not belong to the access key.',
    `Check AWS_SECRET_ACCESS_KEY or the profile${context.source.endpoint === undefined ? '' : '; a proxy between here and source.endpoint that rewrites the Host header has the same effect'}.`,
  );
}

function explainPermission(failure: Failure, action: Action, context: ErrorContext): Told | undefined {
  if (
    failure.name.startsWith('KMS.') ||
    /\bkms:(Decrypt|GenerateDataKey|DescribeKey)/.test(failure.message)
  ) {
    return explainKms(failure, context);
  }
  if (failure.name === 'InvalidObjectState') {
    return denied(
      'The object is archived (S3 Glacier) and cannot be read as it is.',
      'Restore it with `aws s3api restore-object`, or keep the dumps out of the archiving lifecycle rule.',
    );
  }
  if (failure.status !== 403 && failure.name !== 'AccessDenied') return undefined;
  const explicit = /explicit deny/i.test(failure.message)
    ? ' S3 speaks of an explicit deny: look for a Deny in the bucket policy, too.'
    : '';
  return action.kind === 'read'
    ? deniedRead(action.key, explicit, context)
    : deniedList(action, explicit, context);
}

function deniedList(action: Action, explicit: string, context: ErrorContext): Told {
  const under = action.kind === 'list' ? ` under the prefix "${action.prefix}"` : '';
  return denied(
    `S3 does not allow listing the bucket ${context.source.bucket}${under}: s3:ListBucket on ${bucketArn(context.source)} is missing.`,
    `Add this statement to the policy of the role or user:\n${pasteable(listStatement(context.source))}${explicit}`,
  );
}

function deniedRead(key: string, explicit: string, context: ErrorContext): Told {
  const arn = `${bucketArn(context.source)}/${key}`;
  return denied(
    `S3 does not allow reading s3://${context.source.bucket}/${key}: s3:GetObject on ${arn} is missing.`,
    `Add this statement to the policy of the role or user:\n${pasteable(readStatement(context.source))}${explicit} Without s3:ListBucket, S3 gives the same answer for an object that does not exist.`,
  );
}

function explainKms(failure: Failure, context: ErrorContext): Told {
  const key = /arn:aws[a-z-]*:kms:[A-Za-z0-9:/_-]+/.exec(failure.message)?.[0];
  if (failure.name.startsWith('KMS.')) {
    return denied(
      `The key that encrypts the object cannot be used: ${describeFailure(failure, context.redactor)}.`,
      'Check in AWS KMS that the key exists and is enabled.',
    );
  }
  return denied(
    `The object is encrypted with a KMS key that may not be used: kms:Decrypt on ${key ?? 'its key'} is missing.`,
    `Add this statement to the policy of the role or user (and let the key's own policy allow it):\n${pasteable(decryptStatement(context.source, key))}`,
  );
}

function denied(message: string, hint: string): Told {
  return { code: 'SOURCE_DENIED', message, hint };
}
