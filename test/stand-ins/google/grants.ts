import { createVerify } from 'node:crypto';
import type { Sent } from './identity.js';

/** Who can get a token, by what, and which. */
export interface Accounts {
  readonly serviceAccount: { readonly email: string; readonly publicKey: string; readonly token: string };
  readonly user: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly refreshToken: string;
    readonly token: string;
  };
  readonly federated: { readonly audience: string; readonly subjectToken: string; readonly token: string };
  /** Whose token may be had by those who hold one of `by`. */
  readonly impersonated: { readonly email: string; readonly by: readonly string[]; readonly token: string };
}

/** What was asked for and what was answered. */
export interface Grant {
  readonly kind: 'service-account' | 'user' | 'federated' | 'impersonated' | 'unknown';
  readonly status: number;
  readonly body: object;
}

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const LIFE_SECONDS = 3600;

function granted(kind: Grant['kind'], token: string): Grant {
  return {
    kind,
    status: 200,
    body: { access_token: token, expires_in: LIFE_SECONDS, token_type: 'Bearer' },
  };
}

function refused(kind: Grant['kind'], error: string, description: string): Grant {
  return { kind, status: 400, body: { error, error_description: description } };
}

/** `oauth2.googleapis.com/token`: for a signed assertion, or for a refresh token. */
export function tokenOf({ body }: Sent, { serviceAccount, user }: Accounts): Grant {
  const form = formOf(body);
  if (form.get('grant_type') === 'refresh_token') {
    const isKnown =
      form.get('client_id') === user.clientId &&
      form.get('client_secret') === user.clientSecret &&
      form.get('refresh_token') === user.refreshToken;
    return isKnown
      ? granted('user', user.token)
      : refused('user', 'invalid_grant', 'Token has been expired or revoked.');
  }
  const problem = assertionProblem(form.get('assertion') ?? '', serviceAccount);
  return problem === undefined
    ? granted('service-account', serviceAccount.token)
    : refused('service-account', 'invalid_grant', problem);
}

/** As JSON or as a form: both are in use. */
function formOf(body: Buffer): URLSearchParams {
  const text = body.toString();
  return new URLSearchParams(
    text.startsWith('{') ? (JSON.parse(text) as Readonly<Record<string, string>>) : text,
  );
}

interface Claims {
  readonly iss?: string;
  readonly aud?: string;
  readonly scope?: string;
  readonly exp?: number;
}

function assertionProblem(
  assertion: string,
  { email, publicKey }: Accounts['serviceAccount'],
): string | undefined {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  const isSigned = createVerify('RSA-SHA256')
    .update(`${head}.${claims}`)
    .verify(publicKey, Buffer.from(signature, 'base64url'));
  if (!isSigned) return 'Invalid JWT Signature.';
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims;
  if (said.iss !== email) return 'Invalid grant: account not found';
  if (said.aud !== 'https://oauth2.googleapis.com/token') return 'Invalid JWT: wrong audience';
  if (said.scope !== SCOPE) return 'Invalid OAuth scope';
  const now = Date.now() / 1000;
  const lives = (said.exp ?? 0) - now;
  return lives > 0 && lives <= LIFE_SECONDS + 60
    ? undefined
    : 'Invalid JWT: Token must be a short-lived token';
}

/** `sts.googleapis.com/v1/token`: a token of somebody else's for one of Google. */
export function identityOf({ body }: Sent, { federated }: Accounts): Grant {
  const form = formOf(body);
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange')
    return refused('federated', 'invalid_request', 'Invalid grant_type.');
  if (form.get('audience') !== federated.audience || form.get('subject_token') !== federated.subjectToken) {
    const said = `The credential ${form.get('subject_token') ?? ''} is rejected by the attribute condition.`;
    return refused('federated', 'unauthorized_client', said);
  }
  return {
    ...granted('federated', federated.token),
    body: {
      access_token: federated.token,
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: LIFE_SECONDS,
    },
  };
}

/** `iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/<address>:generateAccessToken` */
export function generateAccessToken(
  { path, authorization = '', body }: Sent,
  { impersonated }: Accounts,
): Grant {
  const wanted = /^\/v1\/projects\/-\/serviceAccounts\/(.+):generateAccessToken$/.exec(path)?.[1];
  const { scope = [] } = JSON.parse(body.toString()) as { readonly scope?: readonly string[] };
  const isAllowed =
    decodeURIComponent(wanted ?? '') === impersonated.email &&
    scope.includes(SCOPE) &&
    impersonated.by.includes(authorization.replace(/^Bearer /, ''));
  if (isAllowed) {
    const expireTime = new Date(Date.now() + LIFE_SECONDS * 1000).toISOString();
    return { kind: 'impersonated', status: 200, body: { accessToken: impersonated.token, expireTime } };
  }
  const message = `Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).`;
  const error = { code: 403, message, status: 'PERMISSION_DENIED' };
  return { kind: 'impersonated', status: 403, body: { error } };
}
