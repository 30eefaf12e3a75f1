import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetadataService {
  /** What a machine of Azure (App Service) and one of Google Cloud has in its environment. */
  readonly environment: Readonly<Record<'AZURE' | 'GCP', Readonly<Record<string, string>>>>;
  stop(): Promise<void>;
}

/** Of Snowflake's application in Entra ID, for which Azure makes the token. */
const SNOWFLAKE_RESOURCE = 'api://fd3f753b-eed3-462c-b6a7-a4b5bb650aad';
const AZURE_HEADER = 'header-of-the-identity-endpoint';

/** Where machines of two clouds ask for a token of their own identity; it gives one for Snowflake alone. */
export async function startMetadataService(
  tokens: Readonly<Record<'AZURE' | 'GCP', string>>,
): Promise<MetadataService> {
  const server = createServer((request, response) => {
    const answer = answerOf(request, tokens);
    if (answer === undefined) response.writeHead(400).end();
    else
      response.writeHead(200, { 'metadata-flavor': 'Google', 'content-type': answer.type }).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: {
      AZURE: { IDENTITY_ENDPOINT: `http://${host}/msi/token`, IDENTITY_HEADER: AZURE_HEADER },
      GCP: { GCE_METADATA_HOST: host, METADATA_SERVER_DETECTION: 'assume-present' },
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answerOf(
  request: IncomingMessage,
  tokens: Readonly<Record<'AZURE' | 'GCP', string>>,
): { readonly type: string; readonly text: string } | undefined {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://metadata.invalid');
  if (pathname === '/msi/token') {
    if (request.headers['x-identity-header'] !== AZURE_HEADER) return undefined;
    if (searchParams.get('resource') !== SNOWFLAKE_RESOURCE) return undefined;
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const token = { access_token: tokens.AZURE, expires_on: expires.toString(), token_type: 'Bearer' };
    return { type: 'application/json', text: JSON.stringify(token) };
  }
  if (pathname !== '/computeMetadata/v1/instance/service-accounts/default/identity') return undefined;
  if (request.headers['metadata-flavor'] !== 'Google') return undefined;
  if (searchParams.get('audience') !== 'snowflakecomputing.com') return undefined;
  return { type: 'text/html', text: tokens.GCP };
}
