import { execFile, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('parse.py', import.meta.url));
// Debian's own Python, which is where its packages are.
const PYTHON = '/usr/bin/python3';

/** Why there is no sqlfluff; undefined when it is there. Installs Debian's package when it may. */
export async function installSqlfluff(): Promise<string | undefined> {
  if (await found()) return undefined;
  try {
    await run('apt-get', ['update', '-qq'], { timeout: 120_000 });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'sqlfluff'], {
      timeout: 240_000,
    });
  } catch (error) {
    return `Debian's package sqlfluff is not here and cannot be installed: ${String(error).slice(0, 200)}`;
  }
  return (await found()) ? undefined : "Debian's package sqlfluff was installed, but Python does not find it";
}

async function found(): Promise<boolean> {
  return await run(PYTHON, ['-c', 'import sqlfluff']).then(
    () => true,
    () => false,
  );
}

/** What sqlfluff's Snowflake grammar has against each statement. */
export async function sqlfluffProblems(
  statements: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(statements));
  const answer = await text(child.stdout);
  return JSON.parse(answer) as (readonly string[])[];
}

/**
 * What Snowflake documents and this grammar lacks, each written so that everything around it is still read:
 * - `ADD COLUMN IF NOT EXISTS`: without the condition
 * - `NULL_IF = ()`, the empty list: with one text
 * - `:1`, a bind: as a text; to sqlfluff a colon is part of a path into a VARIANT
 */
export function withinGrammar(sql: string): string {
  return sql
    .replace(/^(ALTER TABLE \S+ ADD COLUMN) IF NOT EXISTS /, '$1 ')
    .replace('NULL_IF = ()', "NULL_IF = ('')")
    .replaceAll(/:\d+ \/\* \w+ \*\//g, "'bind'");
}
