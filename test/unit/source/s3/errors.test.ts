import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/config/types.js';
import { HeaploadError } from '../../../../src/errors.js';
import { type Action, asSourceError } from '../../../../src/source/s3/errors.js';
import { createRedactor } from '../../../../src/source/s3/redact.js';
import { sourceOf } from '../../../stand-ins/s3/bucket.js';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRETS = [KEY, 'the-secret-key', 'the-session-token', 'the-external-id', 'ceph20characterskeyid'];

function context() {
  const redactor = createRedactor();
  for (const secret of SECRETS.slice(1)) redactor.remember(secret);
  return {
    redactor,
    source: sourceOf('http://127.0.0.1:9', { prefix: 'heap/', externalId: new Secret('the-external-id') }),
  };
}

const READ: Action = { kind: 'read', key: 'heap/sync_1/users/a.avro' };
const LIST: Action = { kind: 'list', prefix: 'heap/manifests/' };

interface Thrown {
  readonly name: string;
  readonly status?: number;
  readonly message?: string;
  readonly code?: string;
  readonly headers?: Record<string, string>;
}

/** In the shape the SDK throws. */
function thrown(parts: Thrown): Error {
  const error = new Error(parts.message ?? '');
  return Object.assign(error, {
    name: parts.name,
    ...(parts.code === undefined ? {} : { code: parts.code }),
    ...(parts.status === undefined ? {} : { $metadata: { httpStatusCode: parts.status, attempts: 1 } }),
    $response: { statusCode: parts.status, headers: parts.headers ?? {} },
    AWSAccessKeyId: KEY,
  });
}

describe('an error of S3', () => {
  it.each<[string, Thrown, Action, string, string, string]>([
    [
      'list denied',
      { name: 'AccessDenied', status: 403 },
      LIST,
      'SOURCE_DENIED',
      's3:ListBucket on arn:aws:s3:::heap-rs3-test',
      '"Action": "s3:ListBucket"',
    ],
    [
      'read denied',
      { name: 'AccessDenied', status: 403 },
      READ,
      'SOURCE_DENIED',
      's3:GetObject on arn:aws:s3:::heap-rs3-test/heap/sync_1/users/a.avro',
      '"Resource": "arn:aws:s3:::heap-rs3-test/heap/*"',
    ],
    [
      'read denied by HEAD, without a body',
      { name: '403', status: 403, message: 'UnknownError' },
      READ,
      'SOURCE_DENIED',
      's3:GetObject',
      '"Action": "s3:GetObject"',
    ],
    [
      'explicit deny',
      {
        name: 'AccessDenied',
        status: 403,
        message:
          'User: x is not authorized to perform: s3:GetObject on resource: y with an explicit deny in a resource-based policy',
      },
      READ,
      'SOURCE_DENIED',
      's3:GetObject',
      'look for a Deny',
    ],
    [
      'KMS denied',
      {
        name: 'AccessDenied',
        status: 403,
        message:
          'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/1234-5678 because no identity-based policy allows the kms:Decrypt action',
      },
      READ,
      'SOURCE_DENIED',
      'kms:Decrypt on arn:aws:kms:us-east-1:123456789012:key/1234-5678',
      '"Resource": "arn:aws:kms:us-east-1:123456789012:key/1234-5678"',
    ],
    [
      'KMS disabled',
      { name: 'KMS.DisabledException', status: 400, message: 'arn:aws:kms:us-east-1:1:key/2 is disabled.' },
      READ,
      'SOURCE_DENIED',
      'cannot be used',
      'enabled',
    ],
    [
      'archived',
      { name: 'InvalidObjectState', status: 403 },
      READ,
      'SOURCE_DENIED',
      'archived',
      'restore-object',
    ],
    [
      'no bucket',
      { name: 'NoSuchBucket', status: 404 },
      LIST,
      'SOURCE_MISSING',
      'There is no bucket heap-rs3-test',
      'source.bucket',
    ],
    [
      'no object',
      { name: 'NoSuchKey', status: 404 },
      READ,
      'SOURCE_MISSING',
      'no object',
      'deleted after it was listed',
    ],
    [
      'delete marker',
      { name: 'NoSuchKey', status: 404, headers: { 'x-amz-delete-marker': 'true' } },
      READ,
      'SOURCE_MISSING',
      'delete marker',
      'removing the delete marker',
    ],
    [
      'overwritten',
      { name: 'PreconditionFailed', status: 412 },
      READ,
      'SOURCE_CHANGED',
      'overwritten',
      'Run it again',
    ],
    [
      'expired',
      { name: 'ExpiredToken', status: 400 },
      READ,
      'SOURCE_DENIED',
      'have expired',
      'aws sso login',
    ],
    [
      'unknown key',
      { name: 'InvalidAccessKeyId', status: 403 },
      LIST,
      'SOURCE_DENIED',
      'does not know the access key',
      'source.profile',
    ],
    [
      'wrong secret',
      { name: 'SignatureDoesNotMatch', status: 403 },
      LIST,
      'SOURCE_DENIED',
      'refuses the signature',
      'AWS_SECRET_ACCESS_KEY',
    ],
    ['clock', { name: 'RequestTimeTooSkewed', status: 403 }, LIST, 'SOURCE_DENIED', 'clock', 'Set the clock'],
    [
      'region',
      { name: 'PermanentRedirect', status: 301, headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      LIST,
      'SOURCE_DENIED',
      'lies in the region eu-west-1, not in us-east-1',
      'source.region: eu-west-1',
    ],
    ['overloaded', { name: 'SlowDown', status: 503 }, READ, 'SOURCE_UNREADABLE', '503 SlowDown', 'later'],
    [
      'refused connection',
      { name: 'TimeoutError', code: 'ECONNREFUSED' },
      READ,
      'SOURCE_UNREADABLE',
      'S3 at http://127.0.0.1:9 cannot be reached (ECONNREFUSED)',
      'source.endpoint',
    ],
    [
      'certificate',
      { name: 'Error', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      READ,
      'SOURCE_UNREADABLE',
      'No secure connection',
      'NODE_EXTRA_CA_CERTS',
    ],
    [
      'unknown',
      { name: 'Gremlin', status: 418, message: 'short and stout' },
      READ,
      'SOURCE_UNREADABLE',
      '418 Gremlin "short and stout"',
      'not one heapload knows',
    ],
    ['abort', { name: 'AbortError' }, READ, 'INTERRUPTED', 'stopped', 'run it again'],
  ])('%s is told with what to do', (_what, parts, action, code, message, hint) => {
    const error = asSourceError(thrown(parts), action, context());
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    expect(error.place.file).toBe(action.kind === 'read' ? action.key : undefined);
  });

  it('about a host name that does not resolve suggests path style', () => {
    const { source, redactor } = context();
    const error = asSourceError(thrown({ name: 'Error', code: 'ENOTFOUND' }), LIST, {
      redactor,
      source: { ...source, pathStyle: false },
    });
    expect(error.hint).toContain('source.path_style: true');
  });

  it('shows no secret, wherever the server repeats it', () => {
    const message = `Denied ${SECRETS.join(' and ')}, also ASIAZZZZZZZZZZZZZZZZ`;
    const names = [
      'AccessDenied',
      'InvalidAccessKeyId',
      'SignatureDoesNotMatch',
      'Gremlin',
      'SlowDown',
      'KMS.X',
    ];
    for (const name of names) {
      for (const status of [400, 403, 418, 503, undefined]) {
        const parts = { name, message, ...(status === undefined ? {} : { status }) };
        const error = asSourceError(thrown(parts), READ, context());
        const cause = error.cause as Error;
        const shown = [
          error.message,
          error.hint,
          error.stack,
          cause.message,
          cause.stack,
          JSON.stringify(cause),
        ].join();
        for (const secret of [...SECRETS, 'ASIAZZZZZZZZZZZZZZZZ']) expect(shown).not.toContain(secret);
      }
    }
  });

  it('that is one of ours already only learns its place', () => {
    const ours = new HeaploadError('SOURCE_DENIED', 'm', { hint: 'h' });
    expect(asSourceError(ours, READ, context())).toMatchObject({
      code: 'SOURCE_DENIED',
      place: { file: READ.key },
    });
  });
});

describe('the redactor', () => {
  it('leaves nothing of a secret that contains another one', () => {
    const redactor = createRedactor();
    redactor.remember('abc');
    redactor.remember('abcdef');
    redactor.remember('');
    redactor.remember(undefined);
    expect(redactor.clean('x abcdef y abc z')).toBe('x *** y *** z');
  });
});
