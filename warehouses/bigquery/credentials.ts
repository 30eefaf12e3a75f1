import path from 'node:path';
import { Secret } from '../../src/config/types.js';

export type Credentials<S> =
  /** Whatever Google's libraries find: the environment, gcloud, the machine. */
  | { readonly kind: 'application-default' }
  /** Absolute path of a key file. */
  | { readonly kind: 'file'; readonly path: string }
  /** The text of a key file. */
  | { readonly kind: 'json'; readonly key: S }
  /** Requests carry none; for emulators. */
  | { readonly kind: 'none' };

const APPLICATION_DEFAULT = 'application_default';
export const NO_CREDENTIALS = 'none';
const KEY_TYPES = [
  'service_account',
  'authorized_user',
  'external_account',
  'external_account_authorized_user',
];

/** What is wrong with the setting `credentials`, without showing it; undefined: nothing. */
export function credentialsProblem(value: string): string | undefined {
  if (value === '')
    return 'expected application_default, the path of a key file, or the key itself as JSON text';
  if (value.startsWith('~')) return 'expected a path without ~, e.g. ${HOME}/key.json';
  if (!isJson(value)) return undefined;
  const key = parsedKey(value);
  if (key === undefined) return 'it starts like a key in JSON, but is not JSON; is it cut short?';
  const { type } = key;
  if (typeof type !== 'string' || !KEY_TYPES.includes(type)) {
    return `its "type" is none of ${KEY_TYPES.join(', ')}`;
  }
  const missing = ['client_email', 'private_key'].filter((name) => typeof key[name] !== 'string');
  if (type === 'service_account' && missing.length > 0) return `the key has no ${missing.join(' and no ')}`;
  return undefined;
}

/** Takes a value that has no {@link credentialsProblem}. */
export function readCredentials(value: string, baseDirectory: string): Credentials<Secret> {
  if (value === APPLICATION_DEFAULT) return { kind: 'application-default' };
  if (value === NO_CREDENTIALS) return { kind: 'none' };
  if (isJson(value)) return { kind: 'json', key: new Secret(value) };
  return { kind: 'file', path: path.resolve(baseDirectory, value) };
}

function isJson(value: string): boolean {
  return value.trimStart().startsWith('{');
}

function parsedKey(value: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(value) as Readonly<Record<string, unknown>>;
  } catch {
    // The parser's message quotes the text, which is a secret.
    return undefined;
  }
}
