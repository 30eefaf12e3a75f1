import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ERROR_KINDS } from '../../../src/errors.js';

it('docs/errors.md has a row for each error, with the same recovery and meaning, and no other', () => {
  const text = readFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` +\| ([a-z-]+) +\| (.+?) +\| .+ \|$/gm)];
  const documented = rows.map(([, code, recovery, meaning]) => [code, { recovery, meaning }]);
  expect(Object.fromEntries(documented)).toEqual(ERROR_KINDS);
});
