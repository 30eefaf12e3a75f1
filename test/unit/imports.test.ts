import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Which rooms a room may import from, besides itself. Imports run one way: cli → run → models → render → plan → source and
 * avro → schema; warehouses know the contract, schema, errors, back-off, units of bytes and avro only; one file names the
 * warehouses.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [],
  'src/backoff.ts': [],
  'src/byte-units.ts': [],
  'src/version.ts': ['src/render'],
  'src/schema': ['src/errors.ts'],
  'src/avro': ['src/schema', 'src/errors.ts'],
  'src/warehouse/operations.ts': ['src/avro', 'src/schema', 'src/errors.ts'],
  'src/warehouse/contract.ts': ['src/warehouse/operations.ts', 'src/schema', 'src/errors.ts'],
  'src/warehouse/registry.ts': [
    'src/warehouse/contract.ts',
    'warehouses/duckdb',
    'warehouses/bigquery',
    'warehouses/snowflake',
  ],
  'src/config': ['src/warehouse/contract.ts', 'src/schema', 'src/errors.ts'],
  'src/source': ['src/avro', 'src/config', 'src/backoff.ts', 'src/errors.ts', 'src/version.ts'],
  'src/plan': [
    'src/source',
    'src/config',
    'src/avro',
    'src/schema',
    'src/warehouse/contract.ts',
    'src/errors.ts',
  ],
  'src/models': [
    'src/render',
    'src/plan',
    'src/source',
    'src/config',
    'src/schema',
    'src/warehouse/contract.ts',
    'src/errors.ts',
  ],
  'src/export': ['src/models', 'src/plan', 'src/schema', 'src/warehouse/contract.ts'],
  'src/render': ['src/plan', 'src/schema', 'src/warehouse/contract.ts', 'src/errors.ts'],
  'src/run': [
    'src/models',
    'src/render',
    'src/plan',
    'src/source',
    'src/config',
    'src/avro',
    'src/schema',
    'src/warehouse/contract.ts',
    'src/errors.ts',
    'src/version.ts',
  ],
  'src/cli': [
    'src/run',
    'src/export',
    'src/models',
    'src/render',
    'src/plan',
    'src/source',
    'src/config',
    'src/schema',
    'src/warehouse/contract.ts',
    'src/warehouse/registry.ts',
    'src/errors.ts',
    'src/version.ts',
  ],
  'warehouses/duckdb': [
    'src/warehouse/contract.ts',
    'src/byte-units.ts',
    'src/schema',
    'src/errors.ts',
    'src/avro',
  ],
  'warehouses/bigquery': [
    'src/warehouse/contract.ts',
    'src/backoff.ts',
    'src/byte-units.ts',
    'src/schema',
    'src/errors.ts',
    'src/avro',
    'src/config/types.ts',
  ],
  'warehouses/snowflake': [
    'src/warehouse/contract.ts',
    'src/backoff.ts',
    'src/schema',
    'src/errors.ts',
    'src/avro',
    'src/config/types.ts',
  ],
};

const root = path.resolve(import.meta.dirname, '../..');

function sources(folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')));
}

/** The longest entry of the table a file belongs to. */
function roomOf(file: string): string | undefined {
  return Object.keys(ALLOWED)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) =>
    path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, '.ts'),
  );
}

describe('imports run one way', () => {
  const files = [...sources('src'), ...sources('warehouses')];

  it.each(files)('%s', (file) => {
    const room = roomOf(file);
    expect(room, `${file} stands in no room of the table`).toBeDefined();
    const allowed = ALLOWED[room ?? ''] ?? [];
    const wrong = importsOf(file).filter((target) => {
      if (roomOf(target) === room) return false;
      return !allowed.some((entry) => target === entry || target.startsWith(`${entry}/`));
    });
    expect(wrong).toEqual([]);
  });

  it('sees imports at all', () => {
    expect(importsOf('src/cli/cli.ts')).toContain('src/errors.ts');
    expect(importsOf('src/cli/cli.ts')).toContain('src/cli/commands/plan.ts');
  });
});
