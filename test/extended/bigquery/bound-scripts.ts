import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyword, splitOutside, tokenize } from '../../stand-ins/bigquery/lexer.js';

interface Parameter {
  readonly name: string;
  readonly parameterType: { readonly type: string };
  readonly parameterValue: { readonly value: string };
}

export interface Proxy {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * Passes requests on to the emulator, which binds the parameters of a statement and not those of a script, and knows
 * neither ASSERT nor `@@row_count`: parameters are written out, and assertions left out. Nothing else is changed.
 */
export async function startBoundScripts(to: string): Promise<Proxy> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat((await request.toArray()) as Buffer[]);
      const {
        host: _host,
        'content-length': _length,
        'transfer-encoding': _coding,
        connection: _connection,
        ...headers
      } = request.headers;
      const method = request.method ?? 'GET';
      const isJob =
        method === 'POST' &&
        /^\/bigquery\/v2\/projects\/[^/]+\/(jobs|queries)$/.test((request.url ?? '').replace(/\?.*/, ''));
      const answer = await fetch(`${to}${request.url ?? ''}`, {
        method,
        headers: headers as Record<string, string>,
        body: body.length === 0 ? null : Uint8Array.from(isJob ? Buffer.from(bound(body.toString())) : body),
      });
      response.writeHead(answer.status, {
        'content-type': answer.headers.get('content-type') ?? 'application/json',
      });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })().catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Job {
  readonly configuration?: {
    readonly query?: { readonly query: string; readonly queryParameters?: readonly Parameter[] };
  };
}

function bound(text: string): string {
  const job = JSON.parse(text) as Job;
  const { query, queryParameters = [], ...rest } = job.configuration?.query ?? { query: '' };
  if (query === '') return text;
  const values = new Map(queryParameters.map((parameter) => [parameter.name, literal(parameter)]));
  const written = withoutAssertions(writtenOut(query, values));
  const { parameterMode: _mode, ...others } = rest as Readonly<Record<string, unknown>>;
  return JSON.stringify({
    ...job,
    configuration: { ...job.configuration, query: { ...others, query: written } },
  });
}

function literal({ parameterType, parameterValue }: Parameter): string {
  if (parameterType.type === 'INT64') return parameterValue.value;
  return `'${parameterValue.value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

function withoutAssertions(sql: string): string {
  const statements = splitOutside(tokenize(sql), ';');
  const kept = statements.filter((tokens) => tokens.length > 0 && keyword(tokens[0]) !== 'ASSERT');
  return kept.map((tokens) => sql.slice(tokens[0]?.start, tokens.at(-1)?.end)).join(';\n');
}

function writtenOut(sql: string, values: ReadonlyMap<string, string>): string {
  let result = '';
  let from = 0;
  for (const token of tokenize(sql)) {
    if (token.kind !== 'parameter') continue;
    result += sql.slice(from, token.start) + (values.get(token.text) ?? `@${token.text}`);
    from = token.end;
  }
  return result + sql.slice(from);
}
