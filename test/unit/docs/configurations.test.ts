import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';
import { blocksOf, pages } from './support.js';

/** Blocks that are a whole configuration, and not a piece of one or something else in YAML. */
const configurations = pages().flatMap((page) =>
  blocksOf(page, 'yaml')
    .filter((block) => {
      const data: unknown = parse(block.text);
      return typeof data === 'object' && data !== null && 'source' in data && 'warehouse' in data;
    })
    .map((block) => ({ place: `${page}:${block.line}`, text: block.text })),
);

describe('configurations that the pages show', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-docs-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('are found', () => {
    const places = configurations.map(({ place }) => place.split(':')[0]);
    expect(places).toEqual(
      expect.arrayContaining(['README.md', 'docs/configuration.md', 'docs/warehouses/duckdb.md']),
    );
  });

  it.each(configurations)('$place is valid', async ({ text }) => {
    const file = path.join(folder, 'integration.yml');
    await writeFile(file, text);
    const names = [...text.matchAll(/\$\{(\w+)/g)].map((match) => match[1] ?? '');
    const env = Object.fromEntries(names.map((name) => [name, 'value']));
    expect(() => loadConfig(file, { env, warehouses: WAREHOUSES })).not.toThrow();
  });

  it('the README needs no more than ten lines', () => {
    const [first] = configurations.filter(({ place }) => place.startsWith('README.md:'));
    expect(first?.text.trim().split('\n').length).toBeLessThanOrEqual(10);
  });
});
