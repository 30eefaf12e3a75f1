import { vi } from 'vitest';

/** Access key ids and secrets of the tests; none may ever be printed. */
export const TEST_KEY = 'AKIAIOSFODNN7EXAMPLE';
export const TEST_SECRET = 'wJalrXUtnFEMIabcd0123K7MDENGbPxRfiCYEXAMPLEKEY';

/** An environment in which the SDK finds only what a test puts there, and probes no metadata service. */
export function stubAwsEnvironment(variables: Readonly<Record<string, string>> = {}): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  }
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

/** Static keys, as most tests use them. */
export function stubAwsKeys(): void {
  stubAwsEnvironment({ AWS_ACCESS_KEY_ID: TEST_KEY, AWS_SECRET_ACCESS_KEY: TEST_SECRET });
}
