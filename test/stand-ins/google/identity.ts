import { createServer as createHttp } from 'node:http';
import { type Server, createServer as createHttps } from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Certificate } from './certificate.js';
import { type Accounts, type Grant, generateAccessToken, identityOf, tokenOf } from './grants.js';

/** Hosts of Google that give out tokens. */
export const IDENTITY_HOSTS = [
  'oauth2.googleapis.com',
  'sts.googleapis.com',
  'iamcredentials.googleapis.com',
] as const;

export interface IdentityStandIn {
  /** Of a proxy that leads to it instead of to Google, and nowhere else. */
  readonly proxy: string;
  /** Grants in the order in which they were asked for; refused ones too. */
  readonly grants: readonly Grant[];
  stop(): Promise<void>;
}

/**
 * Google's token endpoints on loopback: HTTPS, reached by their own names through a proxy. They look at what they are
 * sent as Google does: signatures, audiences, scopes, whose token it is.
 */
export async function startIdentityStandIn(
  { cert, key }: Certificate,
  accounts: Accounts,
): Promise<IdentityStandIn> {
  const grants: Grant[] = [];
  const server = createHttps({ cert, key }, (request, response) => {
    void buffer(request).then((body) => {
      const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
      const sent = { host, path: request.url ?? '/', authorization: request.headers.authorization, body };
      const grant = answer(sent, accounts);
      grants.push(grant);
      response.writeHead(grant.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(grant.body));
    });
  });
  const port = await listen(server);
  const proxy = createHttp();
  const tunnels = new Set<Socket>();
  proxy.on('connect', (request, socket: Socket) => {
    tunnels.add(socket);
    const [host = ''] = (request.url ?? '').split(':');
    if (!(IDENTITY_HOSTS as readonly string[]).includes(host)) {
      socket.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const each of [socket, upstream]) each.on('error', () => socket.destroy());
  });
  const proxyPort = await listen(proxy);
  return {
    proxy: `http://127.0.0.1:${proxyPort}`,
    grants,
    async stop() {
      for (const tunnel of tunnels) tunnel.destroy();
      proxy.closeAllConnections();
      server.closeAllConnections();
      await Promise.all([proxy, server].map((each) => new Promise((resolve) => each.close(resolve))));
    },
  };
}

export interface Sent {
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}

function answer(sent: Sent, accounts: Accounts): Grant {
  const { host, path } = sent;
  const place = `${host}${path}`;
  if (place === 'oauth2.googleapis.com/token') return tokenOf(sent, accounts);
  if (place === 'sts.googleapis.com/v1/token') return identityOf(sent, accounts);
  if (host === 'iamcredentials.googleapis.com') return generateAccessToken(sent, accounts);
  return { kind: 'unknown', status: 404, body: { error: { code: 404, message: `no such place: ${place}` } } };
}

async function listen(server: Server | ReturnType<typeof createHttp>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
