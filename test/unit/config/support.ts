import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load.js';
import { ConfigError } from '../../../src/config/problems.js';
import type { Environment } from '../../../src/config/substitute.js';
import type { Config } from '../../../src/config/types.js';
import { registry } from './registry.js';

export const MINIMAL = 'source: { type: directory, path: dumps }\nwarehouse: { type: duckdb }\n';

/** Writes the text into a folder of its own and has `use` work with it. */
export function withFile<T>(text: string, use: (path: string, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'heapload-config-'));
  try {
    const path = join(folder, 'integration.yml');
    writeFileSync(path, text);
    return use(path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function load(text: string, env: Environment = {}): Config {
  return withFile(text, (path) => loadConfig(path, { env, warehouses: registry }));
}

/** The error a text leads to, with the path shortened to the file's name. */
export function failure(text: string, env: Environment = {}): ConfigError & { readonly shown: string } {
  return withFile(text, (path, folder) => {
    try {
      loadConfig(path, { env, warehouses: registry });
    } catch (error) {
      if (error instanceof ConfigError)
        return Object.assign(error, { shown: error.message.replaceAll(`${folder}/`, '') });
      throw error;
    }
    throw new Error('expected the configuration to be refused');
  });
}

/** `line:column  message` of each problem. */
export function problems(text: string, env: Environment = {}): readonly string[] {
  return failure(text, env).problems.map(({ line, column, message }) => `${line}:${column}  ${message}`);
}

/** Problems of a file that is valid but for the lines given, which begin at line 3. */
export function problemsIn(lines: string, env: Environment = {}): readonly string[] {
  return problems(MINIMAL + lines, env);
}
