import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StsRequest {
  readonly action: string;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly sessionName: string | undefined;
  readonly webIdentityToken: string | undefined;
  /** The access key id that signed it; undefined for an unsigned request. */
  readonly accessKey: string | undefined;
}

export interface StsRules {
  readonly roleArn: string;
  /** Demanded of AssumeRole when set. */
  readonly externalId?: string;
  /** Demanded of AssumeRoleWithWebIdentity. */
  readonly webIdentityToken?: string;
  /** How long the credentials last, in seconds; by the count of credentials given out before. */
  readonly lifetime?: (before: number) => number;
}

export interface StsServer {
  readonly address: string;
  readonly requests: readonly StsRequest[];
  /** Key ids given out, in order. */
  readonly issued: readonly string[];
  readonly secrets: readonly string[];
  stop(): Promise<void>;
}

/** AssumeRole and AssumeRoleWithWebIdentity of STS on loopback, with a trust policy that knows an external id. */
export async function startSts(rules: StsRules): Promise<StsServer> {
  const requests: StsRequest[] = [];
  const issued: string[] = [];
  const secrets: string[] = [];
  const server = createServer((request, response) => {
    void request.toArray().then((chunks: Buffer[]) => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const seen = describe(form, request.headers.authorization);
      requests.push(seen);
      response.setHeader('content-type', 'text/xml');
      if (!trusted(seen, rules)) {
        response.statusCode = 403;
        response.end(refusal(seen));
        return;
      }
      const lifetime = rules.lifetime?.(issued.length) ?? 3600;
      const number = String(issued.length).padStart(4, '0');
      issued.push(`ASIATESTTESTTEST${number}`);
      secrets.push(`secret-of-the-session-${number}`, `token-of-the-session-${number}`);
      response.end(grant(seen.action, number, new Date(Date.now() + lifetime * 1000)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    issued,
    secrets,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(form: URLSearchParams, authorization: string | undefined): StsRequest {
  return {
    action: form.get('Action') ?? '',
    roleArn: form.get('RoleArn') ?? undefined,
    externalId: form.get('ExternalId') ?? undefined,
    sessionName: form.get('RoleSessionName') ?? undefined,
    webIdentityToken: form.get('WebIdentityToken') ?? undefined,
    accessKey: /Credential=([^/]+)\//.exec(authorization ?? '')?.[1],
  };
}

function trusted(request: StsRequest, rules: StsRules): boolean {
  if (request.roleArn !== rules.roleArn) return false;
  if (request.action === 'AssumeRoleWithWebIdentity')
    return request.webIdentityToken === rules.webIdentityToken;
  return (
    request.action === 'AssumeRole' &&
    request.accessKey !== undefined &&
    request.externalId === rules.externalId
  );
}

function refusal(request: StsRequest): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/loader is not authorized to perform: sts:${request.action} on resource: ${request.roleArn ?? ''}</Message></Error><RequestId>8e2b4f1a</RequestId></ErrorResponse>`;
}

function grant(action: string, number: string, expiration: Date): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><AssumedRoleId>AROATEST:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/heapload/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>ASIATESTTESTTEST${number}</AccessKeyId><SecretAccessKey>secret-of-the-session-${number}</SecretAccessKey><SessionToken>token-of-the-session-${number}</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials></${action}Result><ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata></${action}Response>`;
}
