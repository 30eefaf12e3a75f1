import { Secret } from '../../src/config/types.js';
import type { SettingProblem } from '../../src/warehouse/contract.js';

export const AUTHENTICATORS = ['key_pair', 'password', 'oauth', 'programmatic_access_token'] as const;

export type Authenticator = (typeof AUTHENTICATORS)[number];

export type Authentication =
  /** `path` of a PEM file, absolute. */
  | { readonly kind: 'key_pair'; readonly path: string; readonly passphrase: Secret | undefined }
  | { readonly kind: 'password'; readonly password: Secret }
  | { readonly kind: 'oauth' | 'programmatic_access_token'; readonly token: Secret };

/** The keys of the block that say how to log in. */
export interface Login {
  readonly authenticator?: Authenticator | undefined;
  readonly private_key_path?: string | undefined;
  readonly private_key_passphrase?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

type Credential = 'private_key_path' | 'password' | 'token';

const CREDENTIALS: readonly Credential[] = ['private_key_path', 'password', 'token'];

const NEEDS: Readonly<Record<Authenticator, Credential>> = {
  key_pair: 'private_key_path',
  password: 'password',
  oauth: 'token',
  programmatic_access_token: 'token',
};

/** Exactly one way to log in, and nothing that belongs to another one. Messages show no value. */
export function loginProblems(login: Readonly<Record<keyof Login, unknown>>): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const given = CREDENTIALS.filter((key) => login[key] !== undefined);
  const { authenticator } = login;
  if (authenticator === undefined) problems.push(...guessProblems(given));
  else if (isAuthenticator(authenticator)) problems.push(...namedProblems(authenticator, given));
  if (login.private_key_passphrase !== undefined && login.private_key_path === undefined) {
    problems.push({ path: ['private_key_passphrase'], message: 'only used with private_key_path' });
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

function namedProblems(
  authenticator: Authenticator,
  given: readonly Credential[],
): readonly SettingProblem[] {
  const needed = NEEDS[authenticator];
  const missing = given.includes(needed)
    ? []
    : [{ path: [needed], message: `authenticator: ${authenticator} needs it` }];
  const others = given
    .filter((key) => key !== needed)
    .map((key) => ({ path: [key], message: `not used with authenticator: ${authenticator}` }));
  return [...missing, ...others];
}

function isAuthenticator(value: unknown): value is Authenticator {
  return AUTHENTICATORS.some((name) => name === value);
}

/** Takes keys that have no {@link loginProblems}; `absolute` resolves a path of the configuration. */
export function readLogin(login: Login, absolute: (path: string) => string): Authentication {
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
  return { kind, token: new Secret(login.token ?? '') };
}
