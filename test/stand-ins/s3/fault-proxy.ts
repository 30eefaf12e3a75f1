import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can go wrong with one answer. Bytes are counted in the body. */
export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** More elements of the error document. */
      readonly extra?: string;
    }
  /** The connection is reset after that many bytes. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The answer ends there, with a Content-Length that agrees with what is sent. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Nothing comes any more after that many bytes; the connection stays open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The byte at that place is another one. */
  | { readonly kind: 'corrupt'; readonly atByte: number }
  /** No answer at all; the connection stays open. */
  | { readonly kind: 'hang' };

export interface SeenRequest {
  readonly method: string;
  /** As sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly range: string | undefined;
  readonly ifMatch: string | undefined;
  /** The access key id of its signature. */
  readonly accessKey: string | undefined;
  /** The region of its signature. */
  readonly region: string | undefined;
  /** Milliseconds, of a clock that never goes back. */
  readonly at: number;
}

export interface FaultRule {
  readonly when: (request: SeenRequest) => boolean;
  readonly fault: Fault;
  /** How often it strikes; default once. */
  readonly times?: number;
}

export interface FaultProxy {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  /** Everything that arrived since the last {@link clear}. */
  readonly requests: readonly SeenRequest[];
  /** Rules are tried in the order they were added. */
  add(rule: FaultRule): void;
  /** Forgets all rules and requests. */
  clear(): void;
  stop(): Promise<void>;
}

/** A proxy on loopback in front of an S3 server, which breaks answers as it is told and passes on the others. */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  const rules: { rule: FaultRule; left: number }[] = [];
  const server = createServer((request, response) => {
    const seen = describe(request);
    requests.push(seen);
    const hit = rules.find((entry) => entry.left > 0 && entry.rule.when(seen));
    if (hit !== undefined) hit.left -= 1;
    answer(upstream, request, response, hit?.rule.fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    add(rule) {
      rules.push({ rule, left: rule.times ?? 1 });
    },
    clear() {
      requests.length = 0;
      rules.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function describe(request: IncomingMessage): SeenRequest {
  const url = new URL(request.url ?? '/', 'http://proxy.invalid');
  const credential = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '');
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    range: request.headers.range,
    ifMatch: request.headers['if-match'],
    accessKey: credential?.[1],
    region: credential?.[2],
    at: performance.now(),
  };
}

function answer(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'answer') {
    refuse(request, response, fault);
    return;
  }
  const onward = forward(
    `${upstream}${request.url ?? '/'}`,
    { method: request.method, headers: request.headers },
    (incoming) => {
      const status = incoming.statusCode ?? 502;
      if (fault === undefined) {
        response.writeHead(status, incoming.headers);
        incoming.pipe(response);
        return;
      }
      void incoming.toArray().then((chunks: Buffer[]) => {
        spoil(response, status, incoming, Buffer.concat(chunks), fault);
      });
    },
  );
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Extract<Fault, { kind: 'answer' }>,
): void {
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${fault.code}</Code><Message>${fault.message ?? ''}</Message>${fault.extra ?? ''}<RequestId>4442587FB7D0A2F9</RequestId></Error>`;
  response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers });
  response.end(request.method === 'HEAD' ? undefined : document);
}

function spoil(
  response: ServerResponse,
  status: number,
  incoming: IncomingMessage,
  body: Buffer,
  fault: Exclude<Fault, { kind: 'answer' } | { kind: 'hang' }>,
): void {
  if (fault.kind === 'corrupt') {
    body[fault.atByte] = (body[fault.atByte] ?? 0) ^ 0xff;
    response.writeHead(status, incoming.headers).end(body);
    return;
  }
  const part = body.subarray(0, fault.afterBytes);
  if (fault.kind === 'truncate') {
    response.writeHead(status, { ...incoming.headers, 'content-length': part.length }).end(part);
    return;
  }
  response.writeHead(status, incoming.headers);
  response.flushHeaders();
  response.write(part, () => {
    // A moment for the bytes to arrive: a reset throws away what is still on its way.
    if (fault.kind === 'reset') setTimeout(() => response.socket?.resetAndDestroy(), 50);
  });
}
