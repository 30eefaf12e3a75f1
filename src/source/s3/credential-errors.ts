import type { S3Source } from '../../config/types.js';
import { HeaploadError } from '../../errors.js';
import { describeFailure, quietCause } from './describe.js';
import { type Failure, failureOf, isNetworkFailure, isTlsFailure } from './failure.js';
import { pasteable } from './policy.js';
import type { Redactor } from './redact.js';

export interface CredentialContext {
  readonly source: S3Source;
  readonly redactor: Redactor;
  /** `own`: credentials of the user or machine; `role`: those of `role_arn`, got with the own ones. */
  readonly step: 'own' | 'role';
}

interface Told {
  readonly code?: 'SOURCE_DENIED' | 'SOURCE_UNREADABLE';
  readonly message: string;
  readonly hint: string;
}

/** Why there are no credentials, as a `HeaploadError` without any secret. */
export function asCredentialError(error: unknown, context: CredentialContext): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const failure = failureOf(error);
  const told = explain(failure, context);
  const code = told.code ?? 'SOURCE_DENIED';
  return new HeaploadError(code, told.message, {
    hint: told.hint,
    cause: quietCause(failure, context.redactor),
  });
}

function explain(failure: Failure, context: CredentialContext): Told {
  if (failure.status === undefined && (isNetworkFailure(failure) || isTlsFailure(failure))) {
    return unreachable(failure);
  }
  if ((failure.status ?? 0) >= 500 || failure.status === 429) return unavailable(failure, context);
  switch (failure.name) {
    case 'CredentialsProviderError':
    case 'TokenProviderError':
      return missing(failure, context);
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return expired(context);
    case 'InvalidClientTokenId':
    case 'InvalidAccessKeyId':
    case 'UnrecognizedClientException':
    case 'SignatureDoesNotMatch':
      return unknownKey(failure);
    case 'RegionDisabledException':
      return {
        message: 'AWS STS is switched off in the region that was asked for credentials.',
        hint: 'Set source.region to a region in which STS is active, or activate it in the account settings of IAM.',
      };
    default:
      return context.step === 'role' ? refusedRole(failure, context) : refusedOwn(failure, context);
  }
}

function unreachable(failure: Failure): Told {
  return {
    code: 'SOURCE_UNREADABLE',
    message: `The service that gives out credentials cannot be reached (${failure.systemCode ?? failure.name}).`,
    hint: 'Check the network, and AWS_ENDPOINT_URL_STS if it is set. Nothing was loaded; run it again.',
  };
}

function unavailable(failure: Failure, context: CredentialContext): Told {
  return {
    code: 'SOURCE_UNREADABLE',
    message: `The service that gives out credentials answers ${describeFailure(failure, context.redactor)}.`,
    hint: 'It may be overloaded. Nothing was loaded; run it again.',
  };
}

function missing(failure: Failure, context: CredentialContext): Told {
  const { profile } = context.source;
  const said = context.redactor.clean(failure.message);
  if (profile !== undefined) {
    return {
      message: `The profile ${profile} gives no credentials: ${said}`,
      hint: `Check [${profile}] in ~/.aws/credentials and ~/.aws/config (or the files AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name); for a profile with single sign-on run \`aws sso login --profile ${profile}\`.`,
    };
  }
  return {
    message: `No AWS credentials were found: ${said}`,
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones), or source.profile, or run where a role is attached. See docs/s3.md.',
  };
}

function expired(context: CredentialContext): Told {
  const whose = context.step === 'role' ? 'with which role_arn is to be assumed ' : '';
  return {
    message: `The temporary credentials ${whose}have expired.`,
    hint: 'Get new ones (for example `aws sso login`, or new values of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN) and run it again.',
  };
}

function unknownKey(failure: Failure): Told {
  if (/signature (expired|not yet current)/i.test(failure.message)) {
    return {
      message: "This machine's clock is too far from that of AWS, which therefore refuses its signatures.",
      hint: 'Set the clock (for example with an NTP service) and run it again.',
    };
  }
  return {
    message: `AWS STS does not accept the credentials (${failure.name}).`,
    hint: 'Check the access key and its secret: they may be mistyped, deactivated or deleted. A session token belongs to its key; take both from the same place.',
  };
}

function refusedRole(failure: Failure, context: CredentialContext): Told {
  const { roleArn, externalId } = context.source;
  const role = roleArn ?? 'the role';
  // Some stores word a refusal in a way the SDK cannot read; the status is left.
  if (failure.status !== 403 && failure.name !== 'AccessDenied') {
    return {
      message: `The role ${role} could not be assumed: ${describeFailure(failure, context.redactor)}.`,
      hint: 'Check source.role_arn; it looks like arn:aws:iam::123456789012:role/heapload.',
    };
  }
  const external =
    externalId === undefined
      ? 'source.external_id is not set: if the trust policy demands one, set it.'
      : 'source.external_id must equal the one in the trust policy.';
  return {
    message: `AWS refused the role ${role}: its trust policy does not let these credentials in${externalId === undefined ? '' : ' with this external id'}, or they lack sts:AssumeRole.`,
    hint: `${external} The credentials need this statement:\n${pasteable(assumeStatement(role))}\nand the trust policy of the role this one:\n${pasteable(trustStatement(externalId !== undefined))}`,
  };
}

function refusedOwn(failure: Failure, context: CredentialContext): Told {
  return {
    message: `No credentials were given out: ${describeFailure(failure, context.redactor)}.`,
    hint: 'With web identity, check AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE and the trust policy of that role; with a profile, check what it refers to.',
  };
}

/** What the credentials that assume the role need. */
export function assumeStatement(roleArn: string): object {
  return { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
}

/** What the role's trust policy needs; the external id itself is a secret and not put in. */
export function trustStatement(withExternalId: boolean): object {
  return {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::ACCOUNT:role/OR-USER-THAT-RUNS-HEAPLOAD' },
    Action: 'sts:AssumeRole',
    ...(withExternalId ? { Condition: { StringEquals: { 'sts:ExternalId': 'YOUR-EXTERNAL-ID' } } } : {}),
  };
}
