import { type ChildProcess, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { runCli } from '../../src/cli/cli.js';
import type { Io } from '../../src/cli/io.js';
import type { AvroRecordSchema, AvroRow, DumpSpec, TableSpec } from '../support/dump-writer.js';

/** What one command line wrote and how it ended. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, its output captured; nobody watches unless `io` says so. */
export async function cli(argv: readonly string[], io: Partial<Io> = {}): Promise<Output> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    env: {},
    interactive: false,
    color: { stdout: false, stderr: false },
    signal: new AbortController().signal,
    ask: () => Promise.reject(new Error('a question where nobody can answer')),
    ...io,
  });
  return { code, stdout, stderr };
}

export type Json = Readonly<Record<string, unknown>>;

/** Every line of a JSON stream; throws when one of them is no JSON object or the last line has no end. */
export function jsonLines(stdout: string): readonly Json[] {
  if (!stdout.endsWith('\n')) throw new Error('the last line is not complete');
  return stdout
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Error(`no object: ${line}`);
      return value as Json;
    });
}

/** The end event, after checking that it is the only one and the last line. */
export function jsonEndOf(stdout: string): Json {
  const lines = jsonLines(stdout);
  const ends = lines.filter((line) => line['event'] === 'end');
  const [end] = ends;
  if (end === undefined || ends.length > 1 || lines.at(-1) !== end)
    throw new Error(`not one end event, last:\n${stdout}`);
  return end;
}

/** What the end of a run says that built no models. */
export const NO_NODES = {
  models: { success: 0, error: 0, skipped: 0 },
  tests: { pass: 0, warn: 0, fail: 0, error: 0, skipped: 0 },
};

export const MAIN = path.resolve(import.meta.dirname, '../../dist/cli/heapload.js');

/** The built program in a process of its own. */
export async function built(
  argv: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly nodeOptions?: readonly string[];
    readonly cwd?: string;
  } = {},
): Promise<Output> {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: npm run build');
  return await new Promise((resolve) => {
    const child: ChildProcess = execFile(
      process.execPath,
      [...(options.nodeOptions ?? []), MAIN, ...argv],
      { env: { ...process.env, ...options.env }, cwd: options.cwd, maxBuffer: 1 << 28 },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      },
    );
  });
}

/** A record of nullable fields, as Heap writes them. */
export function record(fields: Readonly<Record<string, unknown>>): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

/** A table of one file with a fixed name, so that messages about it can be written down. */
export function oneFile(
  name: string,
  fields: Readonly<Record<string, unknown>>,
  rows: readonly AvroRow[],
  more: Partial<TableSpec> & { readonly file?: string } = {},
): TableSpec {
  const { file = 'a.avro', ...rest } = more;
  return {
    name,
    incremental: true,
    files: [{ name: file, schema: record(fields), rows, codec: 'null' }],
    ...rest,
  };
}

const USER = { user_id: 'long', email: 'string' };
const CLICK = { event_id: 'long', user_id: 'long', time: 'string', label: 'string' };

/** Users in full, then a click table that grows by a column, then users again. */
export const SMALL_DUMPS: readonly DumpSpec[] = [
  {
    dumpId: 9n,
    tables: [
      oneFile(
        'users',
        USER,
        [
          { user_id: 1n, email: 'a@acme.test' },
          { user_id: 2n, email: 'b@acme.test' },
        ],
        { incremental: false },
      ),
      oneFile('click', CLICK, [{ event_id: 1n, user_id: 1n, time: '2026-01-01 10:00:00', label: 'buy' }]),
    ],
  },
  {
    dumpId: 10n,
    tables: [
      oneFile('users', USER, [{ user_id: 2n, email: 'c@acme.test' }]),
      oneFile('click', { ...CLICK, plan: 'string' }, [
        { event_id: 2n, user_id: 2n, time: '2026-01-02 10:00:00', label: "it's", plan: 'pro' },
      ]),
    ],
  },
];
