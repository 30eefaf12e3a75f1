import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Attestation, Provider } from './attestations.js';
import { SnowflakeError } from './errors.js';

/** A user of the account, with what proves to be it. */
export interface StandInUser {
  /** In upper case, as is what follows. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly defaultRole: string | undefined;
  /** PEM. */
  readonly publicKey?: string;
  readonly password?: string;
  readonly oauthToken?: string;
  readonly programmaticToken?: string;
  /** As what workload it may log in: for each provider whether what is shown proves it. */
  readonly workload?: Readonly<Partial<Record<Provider, Attestation>>>;
}

export interface Identity {
  readonly account: string;
  readonly user: string;
  readonly role: string | undefined;
  readonly roles: readonly string[];
}

/** What of a login's body matters here. */
export interface LoginData {
  readonly ACCOUNT_NAME?: string;
  readonly LOGIN_NAME?: string;
  readonly AUTHENTICATOR?: string;
  readonly PASSWORD?: string;
  readonly TOKEN?: string;
  /** Who vouches for a workload. */
  readonly PROVIDER?: Provider;
  readonly SESSION_PARAMETERS?: Readonly<Record<string, unknown>>;
}

/** Who logs in, when it is shown to be it and has the role it asks for. Throws as Snowflake refuses. */
export function authenticate(
  account: string,
  users: readonly StandInUser[],
  login: LoginData,
  wantedRole: string | undefined,
): Identity {
  const user = prove(account, users, login);
  if (wantedRole !== undefined && !user.roles.includes(wantedRole)) {
    const message = `Role '${wantedRole}' specified in the connect string does not exist or not authorized. Contact your local system administrator, or attempt to login with another role, e.g. PUBLIC.`;
    throw new SnowflakeError('390189', '08001', message);
  }
  return { account, user: user.name, role: wantedRole ?? user.defaultRole, roles: user.roles };
}

function prove(account: string, users: readonly StandInUser[], login: LoginData): StandInUser {
  const name = login.LOGIN_NAME?.toUpperCase();
  const user = users.find((candidate) => candidate.name === name);
  switch (login.AUTHENTICATOR) {
    case 'SNOWFLAKE_JWT':
      if (user?.publicKey === undefined || !isSigned(login.TOKEN ?? '', account, user)) {
        throw new SnowflakeError(
          '390144',
          '08001',
          'JWT token is invalid. [4a5b0c46-6f25-4f0b-9a3c-1a8f2e7d9b10]',
        );
      }
      return user;
    case 'OAUTH': {
      const holder = users.find(({ oauthToken }) => oauthToken !== undefined && oauthToken === login.TOKEN);
      if (holder === undefined)
        throw new SnowflakeError('390303', '08001', 'Invalid OAuth access token. [4a5b0c46]');
      return holder;
    }
    case 'PROGRAMMATIC_ACCESS_TOKEN': {
      const token = user?.programmaticToken;
      if (user !== undefined && token !== undefined && token === login.TOKEN) return user;
      throw new SnowflakeError('394400', '08001', 'Programmatic access token is invalid.');
    }
    case 'WORKLOAD_IDENTITY': {
      const holder = users.find(({ workload }) => workload?.[login.PROVIDER ?? 'OIDC']?.(login.TOKEN ?? ''));
      if (holder !== undefined) return holder;
      throw new SnowflakeError('390303', '08001', 'Invalid workload identity token.');
    }
    case 'SNOWFLAKE':
    case undefined:
      if (user?.password !== undefined && user.password === login.PASSWORD) return user;
      throw new SnowflakeError('390100', '08001', 'Incorrect username or password was specified.');
    default:
      throw new SnowflakeError('390197', '08001', `No authenticator ${login.AUTHENTICATOR} in the stand-in.`);
  }
}

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** The signature is of the user's key, the issuer names the key, and the time has not run out. */
function isSigned(token: string, account: string, user: StandInUser): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const key = createPublicKey(user.publicKey ?? '');
  const bytes = Buffer.from(`${header}.${payload}`);
  if (!verify('RSA-SHA256', bytes, key, Buffer.from(signature, 'base64url'))) return false;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const subject = `${account.toUpperCase()}.${user.name}`;
  const now = Date.now();
  return (
    claims.sub === subject &&
    claims.iss === `${subject}.${fingerprint(key)}` &&
    milliseconds(claims.exp) > now &&
    milliseconds(claims.iat) < now + 60_000
  );
}

function fingerprint(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64')}`;
}

/** The driver writes milliseconds where the standard says seconds; Snowflake takes both. */
function milliseconds(claim: unknown): number {
  const value = Number(claim);
  return value > 1e11 ? value : value * 1000;
}
