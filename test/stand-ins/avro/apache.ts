import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL = fileURLToPath(new URL('apache.sh', import.meta.url));
const READ = fileURLToPath(new URL('read-rows.py', import.meta.url));
/** Debian's own: another one in the path would not find Debian's packages. */
const PYTHON = '/usr/bin/python3';
const MOST_OUTPUT = 256 * 1024 * 1024;

export type Reader = 'python' | 'c';
/** As read-rows.py prints them. */
export type Cell = string | boolean | null;

/** Rows of Avro files as Apache's libraries read them. */
export interface Apache {
  rows(reader: Reader, file: string): Promise<readonly (readonly Cell[])[]>;
}

/** Apache's readers, or why there are none; installs their packages when it may. */
export async function apacheAvro(): Promise<Apache | { readonly missing: string }> {
  if (!(await found())) {
    try {
      await run(INSTALL, [], { timeout: 240_000 });
    } catch (error) {
      return { missing: `Apache's Avro is not here and cannot be installed: ${String(error).slice(0, 200)}` };
    }
    if (!(await found())) return { missing: "Apache's Avro was installed but is not found" };
  }
  return {
    async rows(reader, file) {
      const { stdout } = await run(PYTHON, [READ, reader, file], { maxBuffer: MOST_OUTPUT });
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as readonly Cell[]);
    },
  };
}

async function found(): Promise<boolean> {
  try {
    await run(PYTHON, ['-c', 'import avro.datafile, snappy']);
    await run('sh', ['-c', 'command -v avrocat']);
    return true;
  } catch {
    return false;
  }
}
