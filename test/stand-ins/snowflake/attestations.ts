import { createHash, createHmac } from 'node:crypto';

/** Whether what a workload shows when it logs in proves who it is. */
export type Attestation = (token: string) => boolean;

export type Provider = 'AWS' | 'AZURE' | 'GCP' | 'OIDC';

/** A token that only the provider can have made. */
export function issued(token: string): Attestation {
  return (shown) => shown === token;
}

interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * AWS: a request to STS of who its sender is, signed (Signature Version 4) for Snowflake alone. Snowflake sends it on, and STS
 * answers when the signature is right; here it is computed anew from the keys.
 */
export function signedByAws(
  keys: { readonly id: string; readonly secret: string },
  region: string,
): Attestation {
  return (token) => {
    const { url, method, headers } = JSON.parse(Buffer.from(token, 'base64').toString()) as SignedRequest;
    const { host, pathname, searchParams } = new URL(url);
    const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const [, id, day, names = '', signature] =
      /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/[\w-]+\/sts\/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)$/.exec(
        given.get('authorization') ?? '',
      ) ?? [];
    const sealed = names.split(';');
    const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join('=')).sort();
    const canonical = [
      method,
      pathname,
      query.join('&'),
      ...sealed.map((name) => `${name}:${given.get(name)?.trim() ?? ''}`),
      '',
      names,
      createHash('sha256').update('').digest('hex'),
    ].join('\n');
    const scope = `${day ?? ''}/${region}/sts/aws4_request`;
    const digest = createHash('sha256').update(canonical).digest('hex');
    const text = ['AWS4-HMAC-SHA256', given.get('x-amz-date') ?? '', scope, digest].join('\n');
    const key = [day ?? '', region, 'sts', 'aws4_request'].reduce<Buffer>(
      (secret, part) => mac(secret, part),
      Buffer.from(`AWS4${keys.secret}`),
    );
    return (
      id === keys.id &&
      host === `sts.${region}.amazonaws.com` &&
      searchParams.get('Action') === 'GetCallerIdentity' &&
      sealed.includes('host') &&
      sealed.includes('x-snowflake-audience') &&
      given.get('host') === host &&
      given.get('x-snowflake-audience') === 'snowflakecomputing.com' &&
      signature === mac(key, text).toString('hex')
    );
  };
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
