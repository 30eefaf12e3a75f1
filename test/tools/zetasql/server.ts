import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import path from 'node:path';

/** A method of the analyzer's service, as gRPC for Node gives it. */
type Method = (request: object, done: (error: GrpcError | null, reply: unknown) => void) => void;

export interface GrpcError extends Error {
  /** 3: the request was refused. */
  readonly code: number;
  readonly details: string;
}

export type Call = <T>(method: string, request: object) => Promise<T>;

export interface AnalyzerServer {
  readonly call: Call;
  stop(): void;
}

interface Grpc {
  readonly credentials: { createInsecure(): object };
  loadPackageDefinition(definition: object): {
    readonly zetasql: { readonly local_service: { readonly ZetaSqlLocalService: ServiceClass } };
  };
}

type ServiceClass = new (address: string, credentials: object, options: object) => Service;

type Service = Readonly<Record<string, Method>>;

interface Ready {
  waitForReady(deadline: number, done: (error: Error | null | undefined) => void): void;
  close(): void;
}

interface ProtoLoader {
  loadSync(file: string, options: object): object;
}

const FOLDER = import.meta.dirname;
const START_MS = 60_000;

/** Starts the native server on loopback; it ends with this process. */
export async function startAnalyzerServer(): Promise<AnalyzerServer> {
  const require = createRequire(path.join(FOLDER, 'package.json'));
  const grpc = require('@grpc/grpc-js') as Grpc;
  const loader = require('@grpc/proto-loader') as ProtoLoader;
  const definition = loader.loadSync(path.join(FOLDER, 'analyzer.proto'), { keepCase: true, longs: String });
  const { ZetaSqlLocalService } = grpc.loadPackageDefinition(definition).zetasql.local_service;
  const port = await freePort();
  const child = spawn(serverFile(), ['127.0.0.1', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const stop = endsWithUs(child);
  const size = { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 };
  const service = new ZetaSqlLocalService(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), size);
  const ready = service as unknown as Ready;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error(`the analyzer ended: ${said}`));
    });
    ready.waitForReady(Date.now() + START_MS, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(error);
    });
  });
  return {
    call: async <T>(method: string, request: object) =>
      await new Promise<T>((resolve, reject) => {
        service[method]?.(request, (error, reply) => {
          if (error === null) resolve(reply as T);
          else reject(error);
        });
      }),
    stop: () => {
      ready.close();
      stop();
    },
  };
}

function serverFile(): string {
  const arm = process.arch.startsWith('arm') ? '_arm' : '';
  const extension = process.platform === 'darwin' ? '' : '.so';
  const folder = 'node_modules/@fivetrandevelopers/zetasql/lib/zetasql';
  return path.join(FOLDER, folder, `remote_server${arm}${extension}`);
}

function endsWithUs(child: ChildProcess): () => void {
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  child.unref();
  return () => {
    process.removeListener('exit', kill);
    child.removeAllListeners('exit');
    kill();
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
