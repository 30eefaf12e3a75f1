import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type * as SnowflakeSdk from 'snowflake-sdk';
import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { HeaploadError } from '../../src/errors.js';
import type { Authentication } from './authentication.js';
import { loginError } from './errors.js';
import type { SnowflakeSettings } from './settings.js';

type Driver = typeof SnowflakeSdk;

/** Loads the driver on first use, silent and without a look at what machine it runs on. */
async function loadDriver(): Promise<Driver> {
  // Otherwise it asks the metadata services of three clouds, and reports how its options look.
  process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] ??= 'true';
  process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] ??= 'true';
  const loaded = (await import('snowflake-sdk')) as Driver & { readonly default?: Driver };
  const driver = loaded.default ?? loaded;
  const silent = (): void => undefined;
  // With a level alone it would still make a file of its own in the working directory.
  driver.configure({
    logLevel: 'OFF',
    customLogger: { error: silent, warn: silent, info: silent, debug: silent, trace: silent },
  });
  return driver;
}

/** Logs in. Throws `WAREHOUSE_DENIED`, or `WAREHOUSE_UNAVAILABLE` when Snowflake cannot be reached. */
export async function logIn(settings: SnowflakeSettings): Promise<Connection> {
  const options = await connectionOptions(settings);
  const driver = await loadDriver();
  return await new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(loginError(error, settings));
    };
    try {
      const connection = driver.createConnection(options);
      connection.connect((error) => {
        if (error) fail(error);
        else resolve(connection);
      });
    } catch (error) {
      fail(error);
    }
  });
}

async function connectionOptions(settings: SnowflakeSettings): Promise<ConnectionOptions> {
  const { account, user, role, warehouse, database, accessUrl } = settings;
  return {
    account,
    username: user,
    warehouse,
    database,
    ...(role === undefined ? {} : { role }),
    ...(accessUrl === undefined ? {} : { accessUrl }),
    ...(await credentials(settings.authentication)),
    application: 'heapload',
    // A container may take longer to read and put than a session lives without a statement.
    clientSessionKeepAlive: true,
    jsTreatIntegerAsBigInt: true,
    representNullAsStringNull: false,
  };
}

async function credentials(authentication: Authentication): Promise<ConnectionOptions> {
  switch (authentication.kind) {
    case 'key_pair':
      return { authenticator: 'SNOWFLAKE_JWT', privateKey: await readKey(authentication) };
    case 'password':
      return { authenticator: 'SNOWFLAKE', password: authentication.password.reveal() };
    case 'oauth':
      return { authenticator: 'OAUTH', token: authentication.token.reveal() };
    case 'programmatic_access_token':
      return { authenticator: 'PROGRAMMATIC_ACCESS_TOKEN', token: authentication.token.reveal() };
    case 'workload_identity':
      return {
        authenticator: 'WORKLOAD_IDENTITY',
        workloadIdentityProvider: PROVIDERS[authentication.provider],
        ...(authentication.token === undefined ? {} : { token: authentication.token.reveal() }),
      };
    default:
      return authentication satisfies never;
  }
}

const PROVIDERS = { aws: 'AWS', azure: 'AZURE', gcp: 'GCP', oidc: 'OIDC' } as const;

/** The key in the form the driver takes, whatever form the file has. */
async function readKey({ path, passphrase }: Extract<Authentication, { kind: 'key_pair' }>): Promise<string> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw keyError(path, `The private key cannot be read (${code}).`, 'Check private_key_path.');
  });
  const isEncrypted = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (isEncrypted && passphrase === undefined) {
    throw keyError(path, 'The private key is encrypted.', 'Give its passphrase as private_key_passphrase.');
  }
  try {
    const key = createPrivateKey({
      key: pem,
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // What OpenSSL says is no help to anybody, and might show what it was given.
    const what = isEncrypted ? 'The passphrase does not open the private key.' : 'This is no private key.';
    throw keyError(path, what, 'Snowflake takes an RSA key of 2048 bits or more as PEM (PKCS#8).');
  }
}

function keyError(path: string, message: string, hint: string): HeaploadError {
  return new HeaploadError('WAREHOUSE_DENIED', message, { place: { file: path }, hint });
}
