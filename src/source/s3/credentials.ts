import { fromIni, fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { hostname } from 'node:os';
import type { S3Source } from '../../config/types.js';
import { asCredentialError, type CredentialContext } from './credential-errors.js';
import type { S3Limits } from './options.js';
import type { Redactor } from './redact.js';
import { requestHandler } from './request-handler.js';
import { retryStrategy } from './retry.js';

/** Gives credentials each time they are needed; the SDK's client keeps them until five minutes before they expire. */
export type CredentialProvider = ReturnType<typeof fromNodeProviderChain>;

interface CredentialOptions {
  readonly limits: S3Limits;
  readonly redactor: Redactor;
  readonly sessionName?: string | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * The named profile or the SDK's default chain (environment, profile files, SSO, a process, web identity,
 * container, instance); with `role_arn` these are only used to assume that role. Every secret that comes by is
 * given to the redactor, and every failure is a `HeaploadError`.
 */
export function credentialsFor(source: S3Source, options: CredentialOptions): CredentialProvider {
  options.redactor.remember(source.externalId?.reveal());
  const own = guarded(ownCredentials(source), { source, redactor: options.redactor, step: 'own' });
  if (source.roleArn === undefined) return own;
  const role = roleCredentials(source, source.roleArn, own, options);
  return guarded(role, { source, redactor: options.redactor, step: 'role' });
}

/** `heapload-` and the machine's name, in the 64 characters STS allows. */
export function defaultSessionName(machine = hostname()): string {
  return `heapload-${machine.replaceAll(/[^A-Za-z0-9_=,.@-]/g, '-')}`.slice(0, 64);
}

/**
 * Where to assume the role when the source has its own endpoint: there as well (ceph, MinIO), except when the
 * endpoint is one of Amazon's for S3 alone. The SDK's own variables go first.
 */
export function stsEndpoint(
  endpoint: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if ((environment['AWS_ENDPOINT_URL_STS'] ?? '') !== '' || (environment['AWS_ENDPOINT_URL'] ?? '') !== '') {
    return undefined;
  }
  if (endpoint === undefined || !URL.canParse(endpoint)) return undefined;
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname) ? undefined : endpoint;
}

function ownCredentials(source: S3Source): CredentialProvider {
  // Profile files are read anew on each refresh: a night-long run sees credentials renewed by another program.
  const shared = {
    ignoreCache: true,
    ...(source.region === undefined ? {} : { clientConfig: { region: source.region } }),
  };
  return source.profile === undefined
    ? fromNodeProviderChain(shared)
    : fromIni({ ...shared, profile: source.profile });
}

function roleCredentials(
  source: S3Source,
  roleArn: string,
  own: CredentialProvider,
  options: CredentialOptions,
): CredentialProvider {
  const endpoint = stsEndpoint(source.endpoint, options.environment ?? process.env);
  return fromTemporaryCredentials({
    masterCredentials: own,
    params: {
      RoleArn: roleArn,
      RoleSessionName: options.sessionName ?? defaultSessionName(),
      ...(source.externalId === undefined ? {} : { ExternalId: source.externalId.reveal() }),
    },
    clientConfig: {
      requestHandler: requestHandler(options.limits),
      retryStrategy: retryStrategy(options.limits),
      ...(source.region === undefined ? {} : { region: source.region }),
      ...(endpoint === undefined ? {} : { endpoint }),
    },
  });
}

function guarded(provider: CredentialProvider, context: CredentialContext): CredentialProvider {
  return async (properties) => {
    try {
      const identity = await provider(properties);
      context.redactor.remember(identity.accessKeyId);
      context.redactor.remember(identity.secretAccessKey);
      context.redactor.remember(identity.sessionToken);
      return identity;
    } catch (error) {
      throw asCredentialError(error, context);
    }
  };
}
