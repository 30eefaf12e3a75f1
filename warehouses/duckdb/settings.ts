import path from 'node:path';
import { z } from 'zod';
import { bytesOfUnit } from '../../src/byte-units.js';
import type { ParsedSettings } from '../../src/warehouse/contract.js';

export interface DuckDbSettings {
  /** Absolute path of the database file, or `:memory:`. */
  readonly path: string;
  /** As DuckDB writes it, e.g. `2GB`. Left to itself DuckDB takes 80 % of the machine, which runners share. */
  readonly memoryLimit: string;
  /** Undefined: all cores. */
  readonly threads: number | undefined;
  /**
   * What is staged of a load. `keys`: what decides about rows; the rows themselves are read again from a copy of the
   * files. `table`: everything.
   */
  readonly staging: 'keys' | 'table';
}

const SIZE = /^(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i;

const shape = z.strictObject({
  path: z.string({ error: 'expected the path of the database file' }).min(1).default('heapload.duckdb'),
  memory_limit: z
    .string({ error: 'expected a size such as 2GB' })
    .regex(SIZE, 'expected a size such as 512MB or 2GB')
    .default('512MB'),
  threads: z.number({ error: 'expected a whole number' }).int().min(1).max(1024).optional(),
  staging: z.enum(['keys', 'table'], { error: 'expected keys or table' }).default('keys'),
});

/** The memory limit in bytes. */
export function memoryBytes({ memoryLimit }: DuckDbSettings): number {
  const [, number = '0', unit = ''] = SIZE.exec(memoryLimit) ?? [];
  return Number(number) * Number(bytesOfUnit(unit));
}

export const duckdbSettingNames: readonly string[] = Object.keys(shape.shape);

export function parseDuckDbSettings(
  input: Readonly<Record<string, unknown>>,
  baseDirectory: string,
): ParsedSettings<DuckDbSettings> {
  const parsed = shape.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [key], message: `unknown key ${key}` }))
        : [
            {
              path: issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
              message: issue.message,
            },
          ],
    );
    return { ok: false, problems };
  }
  const { path: file, memory_limit: memoryLimit, threads, staging } = parsed.data;
  const absolute = file === ':memory:' ? file : path.resolve(baseDirectory, file);
  return { ok: true, settings: { path: absolute, memoryLimit, threads, staging } };
}
