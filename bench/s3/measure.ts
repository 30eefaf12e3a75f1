import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUCKET, type BucketServer, type Requests } from './server.js';

/** What one process cost. */
export interface Measured {
  readonly seconds: number;
  /** Bytes of its resident memory at the most. */
  readonly peak: number;
  readonly requests: Requests;
  /** The last line of its standard output, where that is JSON. */
  readonly end: Readonly<Record<string, unknown>>;
  /** The last line of its standard error. */
  readonly told: string;
}

const PEAK_HOOK = new URL('peak-memory.js', import.meta.url).href;

/** Built modules of this project, by their path. */
export function built(module: string): string {
  return fileURLToPath(new URL(`../../${module}`, import.meta.url));
}

/** A folder with a configuration for a bucket on loopback, and a DuckDB file that grows in it. */
export class Desk {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'heapload-bench-'));
  readonly #server: BucketServer;

  constructor(server: BucketServer, memoryLimit: string) {
    this.#server = server;
    const config = [
      'source:',
      '  type: s3',
      `  bucket: ${BUCKET}`,
      '  region: us-east-1',
      `  endpoint: ${server.address}`,
      '  path_style: true',
      'warehouse:',
      '  type: duckdb',
      '  schema: heap',
      '  path: heap.duckdb',
      `  memory_limit: ${memoryLimit}`,
      '  threads: 2',
      '',
    ];
    writeFileSync(path.join(this.folder, 'integration.yml'), config.join('\n'));
  }

  async heapload(...argv: readonly string[]): Promise<Measured> {
    return await this.node(built('cli/heapload.js'), ...argv);
  }

  /** Runs a module in a process of its own and measures it. */
  async node(module: string, ...argv: readonly string[]): Promise<Measured> {
    const peakFile = path.join(this.folder, 'peak.txt');
    const before = { ...this.#server.requests };
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', PEAK_HOOK, module, ...argv], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        BENCH_PEAK_FILE: peakFile,
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
    });
    const [end, told] = await Promise.all([lastLine(child.stdout), lastLine(child.stderr)]);
    const code =
      child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('exit', resolve)));
    const seconds = (performance.now() - began) / 1000;
    if (code !== 0)
      throw new Error(`${argv.join(' ')} ended with ${String(code)}: ${told}${end.slice(0, 2000)}`);
    const after = this.#server.requests;
    return {
      seconds,
      peak: Number(readFileSync(peakFile, 'utf8')),
      requests: {
        LIST: after.LIST - before.LIST,
        GET: after.GET - before.GET,
        HEAD: after.HEAD - before.HEAD,
      },
      end: end.startsWith('{') ? (JSON.parse(end) as Measured['end']) : {},
      told,
    };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A plan prints more than fits into a string; of it, only what comes last is kept. */
async function lastLine(output: AsyncIterable<Buffer>): Promise<string> {
  let tail = '';
  for await (const chunk of output) {
    const lines = (tail + chunk.toString('latin1')).split('\n');
    const last = lines.at(-1) ?? '';
    tail = last === '' ? `${lines.at(-2) ?? ''}\n` : last;
  }
  return tail.trimEnd();
}
