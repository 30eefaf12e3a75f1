import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Registry } from '../../../src/config/check-warehouse.js';
import { loadConfig } from '../../../src/config/load.js';
import { KNOWN_KEYS } from '../../../src/config/shape.js';
import { duckdbSettingNames, parseDuckDbSettings } from '../../../warehouses/duckdb/settings.js';
import { MINIMAL, failure, withFile } from './support.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const docs = readFileSync(`${root}docs/configuration.md`, 'utf8');
const example = readFileSync(`${root}integration.yml`, 'utf8');
const env = { HEAP_EXTERNAL_ID: 'an-external-id', SNOWFLAKE_PASSPHRASE: 'a-passphrase' };

/** The text below a heading of the reference, up to the next one of its rank or higher. */
function section(heading: string): string {
  const [marks = ''] = heading.split(' ');
  const start = docs.indexOf(`\n${heading}\n`);
  expect(start, heading).toBeGreaterThan(0);
  const body = docs.slice(start + heading.length + 2);
  const end = body.search(new RegExp(`^#{1,${marks.length}} `, 'm'));
  return end < 0 ? body : body.slice(0, end);
}

/** Settings the reference lists for a warehouse: every word in backticks in a table's first cells. */
function documentedSettings(type: string): readonly string[] {
  const rows = section(`### ${type}`)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
  );
}

const accepting = (type: string): Registry['bigquery'] => ({
  settingNames: documentedSettings(type),
  parseSettings: (settings) => ({ ok: true, settings }),
});

const warehouses: Registry = {
  duckdb: { settingNames: duckdbSettingNames, parseSettings: parseDuckDbSettings },
  bigquery: accepting('bigquery'),
  snowflake: accepting('snowflake'),
};

/** A part of a configuration, with the required sections it lacks. */
function loadPart(part: string) {
  const present = Object.keys(parseDocument(part).toJS() as Record<string, unknown>);
  const missing = MINIMAL.split('\n').filter((line) => !present.includes(line.split(':')[0] ?? ''));
  return withFile(`${part}\n${missing.join('\n')}\n`, (path) => loadConfig(path, { env, warehouses }));
}

describe('integration.yml', () => {
  it('loads the sample into DuckDB without any environment', () => {
    const config = loadConfig(`${root}integration.yml`, { env: {}, warehouses });
    expect(config.source).toMatchObject({ type: 'directory', path: `${root}examples/dumps` });
    expect(config.warehouse).toEqual({
      type: 'duckdb',
      schema: 'heap',
      settings: { path: `${root}heapload.duckdb`, memoryLimit: '2GB', threads: undefined, staging: 'keys' },
    });
  });

  it('offers other blocks that are valid once uncommented', () => {
    const blocks = [...example.matchAll(/^# (?:source|warehouse):\n(?:# {3}.*\n)+/gm)].map(([block]) =>
      block.replaceAll(/^# /gm, ''),
    );
    expect(
      blocks.map((block) => loadPart(block)).map(({ source, warehouse }) => [source.type, warehouse.type]),
    ).toEqual([
      ['s3', 'duckdb'],
      ['directory', 'bigquery'],
      ['directory', 'snowflake'],
    ]);
  });
});

describe('docs/configuration.md', () => {
  const headings = new Map([
    ['', '## Top level'],
    ['columns.timestamps', '### timestamps'],
    ...[...KNOWN_KEYS.keys()]
      .filter((mapping) => mapping.startsWith('models.shipped'))
      .map((mapping): [string, string] => [mapping, '### shipped']),
  ]);

  it.each([...KNOWN_KEYS])('explains the keys of "%s"', (mapping, keys) => {
    const text = section(headings.get(mapping) ?? `## ${mapping}`);
    for (const key of keys) expect(text).toMatch(new RegExp(`^\\| \`${key}\` +\\|`, 'm'));
  });

  it('explains the settings of DuckDB', () => {
    expect(documentedSettings('duckdb')).toEqual(duckdbSettingNames);
  });

  it('has examples that are valid', () => {
    const blocks = [...docs.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => match[1] ?? '');
    expect(blocks.length).toBeGreaterThan(7);
    for (const block of blocks) expect(() => loadPart(block), block).not.toThrow();
  });

  it('shows messages as they are', () => {
    const mistakes = `source:
  type: s3
  bucket: heap-rs3-acme-prod
  regoin: us-east-1
warehouse:
  type: duckdb
columns:
  exclude:
    users: ["user_*", ssn]
    sessions:
      - ip
on_bad_file: stop
`;
    expect(docs).toContain(`\n${failure(mistakes).shown}\n`);
  });
});
