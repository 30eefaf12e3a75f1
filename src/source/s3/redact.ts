/** Keeps secrets that were in use out of any text that leaves this folder. */
export interface Redactor {
  /** From now on this value is blotted out. */
  remember(secret: string | undefined): void;
  clean(text: string): string;
}

const BLOT = '***';

/** Access key ids of AWS as they may appear in a server's answer, ours or not. */
const ACCESS_KEY_ID = /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b/g;

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    remember(secret) {
      if (secret !== undefined && secret !== '') secrets.add(secret);
    },
    clean(text) {
      // Longest first: a secret that contains another one must not leave its rest behind.
      const known = [...secrets].sort((a, b) => b.length - a.length);
      const blotted = known.reduce((rest, secret) => rest.replaceAll(secret, BLOT), text);
      return blotted.replace(ACCESS_KEY_ID, BLOT);
    },
  };
}
