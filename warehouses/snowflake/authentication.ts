import { Secret } from '../../src/config/types.js';
import type { SettingProblem } from '../../src/warehouse/contract.js';

export const AUTHENTICATORS = [
  'key_pair',
  'password',
  'oauth',
  'programmatic_access_token',
  'workload_identity',
] as const;

export type Authenticator = (typeof AUTHENTICATORS)[number];

/** Whose word a workload identity rests on. */
export const IDENTITY_PROVIDERS = ['aws', 'azure', 'gcp', 'oidc'] as const;

export type IdentityProvider = (typeof IDENTITY_PROVIDERS)[number];

export type Authentication =
  /** `path` of a PEM file, absolute. */
  | { readonly kind: 'key_pair'; readonly path: string; readonly passphrase: Secret | undefined }
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'oauth' | 'programmatic_access_token'; readonly token: Secret }
  /** `token` of the provider `oidc`; the others are asked by the driver. */
  | {
      readonly kind: 'workload_identity';
      readonly provider: IdentityProvider;
      readonly token: Secret | undefined;
    };

/** The keys of the block that say how to log in. */
export interface Login {
  readonly authenticator?: Authenticator | undefined;
  readonly private_key_path?: string | undefined;
  readonly private_key_passphrase?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  readonly workload_identity_provider?: IdentityProvider | undefined;
}

type Credential = 'private_key_path' | 'password' | 'token';

const CREDENTIALS: readonly Credential[] = ['private_key_path', 'password', 'token'];

const NEEDS: Readonly<Record<Exclude<Authenticator, 'workload_identity'>, Credential>> = {
  key_pair: 'private_key_path',
  password: 'password',
  oauth: 'token',
  programmatic_access_token: 'token',
};

type Given = Readonly<Record<keyof Login, unknown>>;

/** Exactly one way to log in, and nothing that belongs to another one. Messages show no value. */
export function loginProblems(login: Given): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const given = CREDENTIALS.filter((key) => login[key] !== undefined);
  const { authenticator } = login;
  if (authenticator === undefined) problems.push(...guessProblems(given));
  else if (authenticator === 'workload_identity') problems.push(...identityProblems(login, given));
  else if (isAuthenticator(authenticator)) problems.push(...namedProblems(authenticator, given));
  if (login.private_key_passphrase !== undefined && login.private_key_path === undefined) {
    problems.push({ path: ['private_key_passphrase'], message: 'only used with private_key_path' });
  }
  if (login.workload_identity_provider !== undefined && authenticator !== 'workload_identity') {
    problems.push({
      path: ['workload_identity_provider'],
      message: 'only used with authenticator: workload_identity',
    });
  }
  return problems;
}

function guessProblems(given: readonly Credential[]): readonly SettingProblem[] {
  const [first, second] = given;
  if (first === undefined) {
    return [{ path: ['private_key_path'], message: 'give private_key_path, password or token to log in' }];
  }
  if (second !== undefined) {
    return [{ path: [second], message: `give ${first} or ${second}, not both` }];
  }
  return first === 'token'
    ? [
        {
          path: ['authenticator'],
          message: 'with a token, expected authenticator: oauth or programmatic_access_token',
        },
      ]
    : [];
}

function identityProblems(login: Given, given: readonly Credential[]): readonly SettingProblem[] {
  const provider = login.workload_identity_provider;
  if (provider === undefined) {
    return [
      { path: ['workload_identity_provider'], message: 'authenticator: workload_identity needs it' },
      ...unused(given, 'token', 'workload_identity'),
    ];
  }
  if (provider !== 'oidc') return unused(given, undefined, 'workload_identity');
  return needed(given, 'token', 'workload_identity');
}

function namedProblems(
  authenticator: Exclude<Authenticator, 'workload_identity'>,
  given: readonly Credential[],
): readonly SettingProblem[] {
  return needed(given, NEEDS[authenticator], authenticator);
}

function needed(
  given: readonly Credential[],
  credential: Credential,
  authenticator: Authenticator,
): readonly SettingProblem[] {
  const missing = given.includes(credential)
    ? []
    : [{ path: [credential], message: `authenticator: ${authenticator} needs it` }];
  return [...missing, ...unused(given, credential, authenticator)];
}

function unused(
  given: readonly Credential[],
  used: Credential | undefined,
  authenticator: Authenticator,
): readonly SettingProblem[] {
  return given
    .filter((key) => key !== used)
    .map((key) => ({ path: [key], message: `not used with authenticator: ${authenticator}` }));
}

function isAuthenticator(value: unknown): value is Exclude<Authenticator, 'workload_identity'> {
  return typeof value === 'string' && Object.hasOwn(NEEDS, value);
}

/** Takes keys that have no {@link loginProblems}; `absolute` resolves a path of the configuration. */
export function readLogin(login: Login, absolute: (path: string) => string): Authentication {
  const token = login.token === undefined ? undefined : new Secret(login.token);
  if (login.authenticator === 'workload_identity') {
    return { kind: login.authenticator, provider: login.workload_identity_provider ?? 'oidc', token };
  }
  if (login.private_key_path !== undefined) {
    const passphrase = login.private_key_passphrase;
    return {
      kind: 'key_pair',
      path: absolute(login.private_key_path),
      passphrase: passphrase === undefined ? undefined : new Secret(passphrase),
    };
  }
  if (login.password !== undefined) return { kind: 'password', password: new Secret(login.password) };
  const kind = login.authenticator === 'oauth' ? 'oauth' : 'programmatic_access_token';
  return { kind, token: token ?? new Secret('') };
}
