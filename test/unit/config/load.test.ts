import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { Secret } from '../../../src/config/types.js';
import { HeaploadError } from '../../../src/errors.js';
import { registry } from './registry.js';
import { MINIMAL, failure, load, problems, withFile } from './support.js';

describe('a valid file', () => {
  it('fills in every default', () => {
    withFile(MINIMAL, (path, folder) => {
      expect(loadConfig(path, { env: {}, warehouses: registry })).toEqual({
        file: path,
        name: 'heapload',
        source: {
          type: 'directory',
          path: join(folder, 'dumps'),
          bucket: undefined,
          prefix: '',
          layout: 'manifests',
          patterns: [],
          bucketAliases: [],
          startDate: undefined,
        },
        warehouse: { type: 'duckdb', schema: 'heap', settings: { baseDirectory: folder } },
        tables: {
          include: ['*'],
          exclude: ['_event_metadata'],
          newTables: 'load',
          threads: 4,
          keys: {},
          rename: {},
        },
        columns: {
          include: {},
          exclude: {},
          rename: {},
          newColumns: 'add',
          onTypeChange: 'variant',
          timestamps: { columns: ['time', 'session_time', 'joindate', 'last_modified'], as: 'timestamp' },
        },
        onBadFile: 'fail',
        models: {
          path: join(folder, 'models'),
          testsPath: join(folder, 'tests'),
          schema: 'heap_models',
          resolvedSchema: 'heap_resolved',
          vars: {},
          threads: 4,
          shipped: {
            identityMap: { enabled: true, materialized: undefined },
            resolved: { enabled: true, materialized: undefined },
            allEvents: { enabled: true, materialized: undefined, columns: [] },
            sessions: { enabled: true, materialized: undefined },
            definedProperties: { enabled: true },
          },
          failingRows: 5,
          redact: ['email', 'identity', 'handle', 'ip'],
        },
      });
    });
  });

  it('reads the switches of shipped models', () => {
    const text = `
models:
  tests_path: checks
  threads: 2
  failing_rows: 0
  redact: ["*_name"]
  shipped:
    identity_map: { materialized: table }
    resolved:
    all_events: { columns: [utm_source], materialized: table }
    sessions: { enabled: false }
`;
    const { models } = load(MINIMAL + text);
    expect(models).toMatchObject({ threads: 2, failingRows: 0, redact: ['*_name'] });
    expect(models.shipped).toEqual({
      identityMap: { enabled: true, materialized: 'table' },
      resolved: { enabled: true, materialized: undefined },
      allEvents: { enabled: true, materialized: 'table', columns: ['utm_source'] },
      sessions: { enabled: false, materialized: undefined },
      definedProperties: { enabled: true },
    });
  });

  it('reads every key of an s3 source', () => {
    const text = `
name: acme
source:
  type: s3
  bucket: heap-rs3-acme-prod
  prefix: /exports/heap
  region: us-east-1
  profile: heap
  role_arn: arn:aws:iam::123456789012:role/heapload
  external_id: \${HEAP_EXTERNAL_ID}
  endpoint: http://127.0.0.1:9000
  path_style: true
  layout: files
  patterns: ["{table}/*.avro"]
  bucket_aliases: [heap-rs3-old]
  start_date: 2026-01-01
warehouse:
  type: bigquery
  schema: product
  project: acme
tables:
  include: ["*"]
  exclude: []
  new_tables: fail
  keys: { sessions: [session_id, user_id] }
  rename: { "sign up": sign_up_button }
columns:
  include: { users: [email] }
  exclude: { users: [ssn], "*": ["utm_*"] }
  rename: { users: { "e-mail": email } }
  new_columns: ignore
  on_type_change: fail
  timestamps: { columns: [time], as: raw }
on_bad_file: skip
models:
  path: sql
  schema: m
  resolved_schema: r
  vars: { days: 30, ratio: 0.5, strict: true, title: hello }
`;
    const config = load(text, { HEAP_EXTERNAL_ID: 'kJ2-very-secret' });
    expect(config.name).toBe('acme');
    expect(config.source).toEqual({
      type: 's3',
      bucket: 'heap-rs3-acme-prod',
      prefix: 'exports/heap/',
      region: 'us-east-1',
      profile: 'heap',
      roleArn: 'arn:aws:iam::123456789012:role/heapload',
      externalId: expect.any(Secret) as unknown,
      endpoint: 'http://127.0.0.1:9000',
      pathStyle: true,
      layout: 'files',
      patterns: ['{table}/*.avro'],
      bucketAliases: ['heap-rs3-old'],
      startDate: { text: '2026-01-01', micros: 1_767_225_600_000_000n },
    });
    const secret = config.source.type === 's3' ? config.source.externalId : undefined;
    expect(secret?.reveal()).toBe('kJ2-very-secret');
    expect(config.warehouse).toMatchObject({
      type: 'bigquery',
      schema: 'product',
      settings: { project: 'acme' },
    });
    expect(config.tables).toEqual({
      include: ['*'],
      exclude: [],
      newTables: 'fail',
      threads: 4,
      keys: { sessions: ['session_id', 'user_id'] },
      rename: { 'sign up': 'sign_up_button' },
    });
    expect(config.columns).toEqual({
      include: { users: ['email'] },
      exclude: { users: ['ssn'], '*': ['utm_*'] },
      rename: { users: { 'e-mail': 'email' } },
      newColumns: 'ignore',
      onTypeChange: 'fail',
      timestamps: { columns: ['time'], as: 'raw' },
    });
    expect(config.onBadFile).toBe('skip');
    expect(config.models).toMatchObject({
      schema: 'm',
      resolvedSchema: 'r',
      vars: { days: 30, ratio: 0.5, strict: true, title: 'hello' },
    });
  });

  it('takes mappings with everything in them commented out as left out', () => {
    const config = load(`${MINIMAL}tables:\n  # exclude: []\ncolumns:\n  rename:\nmodels:\n  vars:\n`);
    expect(config).toMatchObject({
      tables: { exclude: ['_event_metadata'] },
      columns: { rename: {} },
      models: { vars: {} },
    });
  });

  it.each([
    ['""', ''],
    ['/', ''],
    ['exports', 'exports/'],
    ['exports/', 'exports/'],
    ['/a/b//', 'a/b/'],
  ])('normalises prefix %s to "%s"', (written, prefix) => {
    const text = `source: { type: directory, path: d, prefix: ${written} }\nwarehouse: { type: duckdb }\n`;
    expect(load(text).source.prefix).toBe(prefix);
  });

  it.each(['2026-01-01', '"2026-01-01"', "'2026-01-01'"])('reads start_date %s, plain or quoted', (day) => {
    const text = `source: { type: directory, path: d, start_date: ${day} }\nwarehouse: { type: duckdb }\n`;
    expect(load(text).source.startDate).toEqual({ text: '2026-01-01', micros: 1_767_225_600_000_000n });
  });

  it('reads days before 1970 and leap days', () => {
    const startDate = (day: string) =>
      load(`source: { type: directory, path: d, start_date: ${day} }\nwarehouse: { type: duckdb }\n`).source
        .startDate;
    expect(startDate('1969-12-31')?.micros).toBe(-86_400_000_000n);
    expect(startDate('2024-02-29')?.micros).toBe(1_709_164_800_000_000n);
  });

  it('keeps names that objects have by nature', () => {
    const config = load(`${MINIMAL}tables: { keys: { constructor: [id] } }\n`);
    expect(Object.entries(config.tables.keys)).toEqual([['constructor', ['id']]]);
  });
});

describe('problems', () => {
  it('reports five mistakes at once, in the order of the file', () => {
    const text = `source:
  type: s4
  bucket: heap-rs3-acme
  regoin: us-east-1
warehouse:
  type: duckdb
  memory_limit: lots
columns:
  exclude:
    users: [ssn, "user_*"]
on_bad_file: stop
`;
    const error = failure(text);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.shown).toBe(
      [
        '5 problems in integration.yml:',
        'integration.yml:2:9  source.type is "s4"; expected s3 or directory; did you mean s3?',
        'integration.yml:4:3  unknown key "regoin" in source; did you mean "region"?',
        'integration.yml:7:17  warehouse.memory_limit: cannot be "lots"',
        'integration.yml:10:18  columns.exclude.users, item 2: "user_*" matches user_id, a key column of users; expected globs that leave keys in',
        'integration.yml:11:14  on_bad_file is "stop"; expected fail or skip',
      ].join('\n'),
    );
    expect(error.hint).toContain('docs/configuration.md');
  });

  it('shows the path as it was given', () => {
    const path = 'test/unit/config/../config/no-such-folder/integration.yml';
    const run = () => loadConfig(path, { env: {}, warehouses: registry });
    expect(run).toThrow(`There is no configuration file ${path}.`);
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(HeaploadError);
      expect(error).toMatchObject({
        code: 'CONFIG_MISSING',
        hint: expect.stringContaining('integration.yml') as unknown,
      });
    }
  });

  it('says that a folder cannot be read as a file', () => {
    withFile('', (_path, folder) => {
      expect(() => loadConfig(folder, { env: {}, warehouses: registry })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID',
          message: `${folder} cannot be read (EISDIR).`,
        }) as Error,
      );
    });
  });

  it('says what an empty file lacks', () => {
    expect(problems('')).toEqual([
      '1:1  source.type is missing; expected s3 or directory',
      '1:1  warehouse.type is missing; expected duckdb, bigquery or snowflake',
    ]);
  });

  it.each([
    ['- a\n', '1:1  the file is a list; expected a mapping of keys to values'],
    ['just text\n', '1:1  the file is "just text"; expected a mapping of keys to values'],
  ])('wants a mapping, not %j', (text, problem) => {
    expect(problems(text)).toEqual([problem]);
  });
});
