import { describe, expect, it } from 'vitest';
import { problems, problemsIn } from './support.js';

describe('unknown keys', () => {
  it.each([
    ['tabels: {}', '3:1  unknown key "tabels"; did you mean "tables"?'],
    ['Name: x', '3:1  unknown key "Name"; did you mean "name"?'],
    ['tables: { key: {} }', '3:11  unknown key "key" in tables; did you mean "keys"?'],
    [
      'columns: { newColumns: add }',
      '3:12  unknown key "newColumns" in columns; did you mean "new_columns"?',
    ],
    [
      'columns: { timestamps: { als: raw } }',
      '3:26  unknown key "als" in columns.timestamps; did you mean "as"?',
    ],
    [
      'models: { resolvedSchema: r }',
      '3:11  unknown key "resolvedSchema" in models; did you mean "resolved_schema"?',
    ],
    ['start_date: 2026-01-01', '3:1  unknown key "start_date"; it belongs under source'],
    [
      'models: { on_bad_file: skip }',
      '3:11  unknown key "on_bad_file" in models; it belongs at the top level',
    ],
    [
      'models: { colour: red }',
      '3:11  unknown key "colour" in models; expected path, tests_path, schema, resolved_schema, vars, threads, shipped, failing_rows or redact',
    ],
  ])('%s', (line, problem) => {
    expect(problemsIn(`${line}\n`)).toEqual([problem]);
  });

  it('are found below source and warehouse too', () => {
    const text =
      'source: { type: directory, path: d, layuot: files }\nwarehouse: { type: duckdb, pth: x, project: y }\n';
    expect(problems(text)).toEqual([
      '1:37  unknown key "layuot" in source; did you mean "layout"?',
      '2:28  unknown key "pth" in warehouse; did you mean "path"?',
      '2:36  warehouse.project is a setting of type bigquery; this warehouse is of type duckdb',
    ]);
  });
});

describe('values of the wrong kind', () => {
  it.each([
    ['name: 2026', '3:7  name is the number 2026; expected text: put it in quotes, "2026"'],
    ['name: true', '3:7  name is the boolean true; expected text: put it in quotes, "true"'],
    ['name: [a]', '3:7  name is a list; expected text'],
    ['name: {}', '3:7  name is a mapping; expected text'],
    ['name:', '3:6  name has no value; expected text'],
    ['name: ""', '3:7  name is empty; expected text'],
    ['name: Acme Inc.', '3:7  name is "Acme Inc."; expected up to 63 letters, digits, - and _'],
    ['tables: { include: "*" }', '3:20  tables.include is "*"; expected a list: ["*"]'],
    ['tables: { include: [] }', '3:20  tables.include is an empty list; expected at least one item'],
    [
      'tables: { exclude: [a, 1] }',
      '3:24  tables.exclude, item 2 is the number 1; expected text: put it in quotes, "1"',
    ],
    ['tables: [a]', '3:9  tables is a list; expected a mapping of keys to values'],
    ['tables: { keys: [a] }', '3:17  tables.keys is a list; expected a mapping of names to values'],
    [
      'tables: { keys: { users: [] } }',
      '3:26  tables.keys.users is an empty list; expected at least one item',
    ],
    [
      'tables: { new_tables: lod }',
      '3:23  tables.new_tables is "lod"; expected load, ignore or fail; did you mean load?',
    ],
    ['tables: { new_tables: 5 }', '3:23  tables.new_tables is the number 5; expected load, ignore or fail'],
    ['columns: { exclude: { users: } }', '3:30  columns.exclude.users has no value; expected a list'],
    [
      'columns: { timestamps: { as: date } }',
      '3:30  columns.timestamps.as is "date"; expected timestamp or raw',
    ],
    ['models: { vars: { a: [1] } }', '3:22  models.vars.a is a list; expected text, a number, true or false'],
    [
      'models: { vars: { a: .inf } }',
      '3:22  models.vars.a is the number .inf; expected text, a number, true or false',
    ],
    [
      'models: { vars: { a: 9007199254740993 } }',
      '3:22  models.vars.a has more digits than a number holds; expected them in quotes',
    ],
    [
      'models: { path: ~/models }',
      '3:17  models.path is "~/models"; expected a path without ~, e.g. ${HOME}/dumps',
    ],
    [
      'models: { schema: my-models }',
      '3:19  models.schema is "my-models"; expected letters, digits and _, not starting with a digit',
    ],
  ])('%s', (line, problem) => {
    expect(problemsIn(`${line}\n`)).toEqual([problem]);
  });

  it('come out together, item by item', () => {
    expect(problemsIn('tables:\n  include: [1, a, 2]\n  new_tables: x\n')).toEqual([
      '4:13  tables.include, item 1 is the number 1; expected text: put it in quotes, "1"',
      '4:19  tables.include, item 3 is the number 2; expected text: put it in quotes, "2"',
      '5:15  tables.new_tables is "x"; expected load, ignore or fail',
    ]);
  });

  it('are cut when long', () => {
    expect(problemsIn(`on_bad_file: ${'x'.repeat(200)}\n`)).toEqual([
      `3:14  on_bad_file is "${'x'.repeat(60)}…"; expected fail or skip`,
    ]);
  });
});

describe('source', () => {
  const inSource = (settings: string) => problems(`source: { ${settings} }\nwarehouse: { type: duckdb }\n`);

  it.each([
    ['type: directory', '1:1  source.path is missing; expected the folder with the dumps'],
    ['type: s3', "1:1  source.bucket is missing; expected the bucket's name"],
    ['path: dumps', '1:1  source.type is missing; expected s3 or directory'],
    [
      'type: s3, bucket: b, path: d',
      '1:32  source.path is a setting of type directory; this source is of type s3',
    ],
    [
      'type: directory, path: d, region: r',
      '1:37  source.region is a setting of type s3; this source is of type directory',
    ],
    [
      'type: s3, bucket: b, external_id: x',
      '1:32  source.external_id is given without role_arn; expected the role that it belongs to',
    ],
    [
      'type: s3, bucket: b, role_arn: heap',
      '1:42  source.role_arn is "heap"; expected arn:aws:iam::<account>:role/<name>',
    ],
    [
      'type: s3, bucket: b, endpoint: localhost',
      '1:42  source.endpoint is "localhost"; expected a URL such as http://127.0.0.1:9000',
    ],
    ['type: s3, bucket: b, path_style: "true"', '1:44  source.path_style is "true"; expected true or false'],
    [
      'type: s3, bucket: "s3://b"',
      '1:29  source.bucket is "s3://b"; expected the name alone, without s3:// and without a folder (that is source.prefix)',
    ],
    [
      'type: directory, path: d, prefix: a/../b',
      '1:45  source.prefix is "a/../b"; expected a path without . and .. parts',
    ],
    [
      'type: directory, path: d, layout: file',
      '1:45  source.layout is "file"; expected manifests or files; did you mean files?',
    ],
    [
      'type: directory, path: d, patterns: ["{table}/*.avro"]',
      '1:37  source.patterns only counts with layout: files; expected that layout, or no patterns',
    ],
    [
      'type: directory, path: d, layout: files, patterns: ["{table}/*.avro", "*.avro"]',
      '1:81  source.patterns, item 2 is "*.avro"; expected {table} in it exactly once',
    ],
    [
      'type: directory, path: d, layout: files, patterns: ["{table}/{table}"]',
      '1:63  source.patterns, item 1 is "{table}/{table}"; expected {table} in it exactly once',
    ],
    [
      'type: directory, path: d, layout: files, patterns: ["{day}/{table}"]',
      '1:63  source.patterns, item 1 is "{day}/{table}"; expected no braces other than {table}',
    ],
    [
      'type: directory, path: d, layout: files, patterns: ["../{table}"]',
      '1:63  source.patterns, item 1 is "../{table}"; expected a path below source.prefix',
    ],
    [
      'type: directory, path: d, layout: files, patterns: ["a**/{table}"]',
      '1:63  source.patterns, item 1 is "a**/{table}"; expected ** only as a part of its own between slashes',
    ],
    [
      'type: directory, path: d, bucket_aliases: [b]',
      '1:37  source.bucket_aliases only counts with a bucket; without one a directory takes the URIs of every bucket',
    ],
    [
      'type: directory, path: d, start_date: 2026-02-30',
      '1:49  source.start_date is "2026-02-30"; expected a day as YYYY-MM-DD',
    ],
    [
      'type: directory, path: d, start_date: 2026-1-1',
      '1:49  source.start_date is "2026-1-1"; expected a day as YYYY-MM-DD',
    ],
    [
      'type: directory, path: d, start_date: 2026-01-01T00:00:00Z',
      '1:49  source.start_date is "2026-01-01T00:00:00Z"; expected a day as YYYY-MM-DD',
    ],
  ])('%s', (settings, problem) => {
    expect(inSource(settings)).toEqual([problem]);
  });

  it('does not show an external id, even one written into the file', () => {
    const found = inSource('type: s3, bucket: b, role_arn: "arn:aws:iam::1:role/r", external_id: 998877');
    expect(found).toEqual(['1:80  source.external_id is the number; expected text']);
  });
});

describe('warehouse', () => {
  const inWarehouse = (settings: string) =>
    problems(`source: { type: directory, path: d }\nwarehouse: { ${settings} }\n`);

  it.each([
    [
      'type: duck',
      '2:20  warehouse.type is "duck"; expected duckdb, bigquery or snowflake; did you mean duckdb?',
    ],
    [
      'type: snowflak',
      '2:20  warehouse.type is "snowflak"; expected duckdb, bigquery or snowflake; did you mean snowflake?',
    ],
    ['type: [duckdb]', '2:20  warehouse.type is not text; expected duckdb, bigquery or snowflake'],
    ['type: constructor', '2:20  warehouse.type is "constructor"; expected duckdb, bigquery or snowflake'],
    ['schema: heap', '2:1  warehouse.type is missing; expected duckdb, bigquery or snowflake'],
    ['type: bigquery', '2:1  warehouse.project: is missing'],
    ['type: duckdb, memory_limit: [1]', '2:42  warehouse.memory_limit: cannot be [1]'],
    [
      'type: duckdb, schema: a.b',
      '2:36  warehouse.schema is "a.b"; expected letters, digits and _, not starting with a digit',
    ],
    [
      'type: duckdb, schema: Heap_Models',
      '2:36  models.schema (by default) and warehouse.schema are the same; expected two schemas',
    ],
  ])('%s', (settings, problem) => {
    expect(inWarehouse(settings)).toEqual([problem]);
  });

  it('keys are still checked when the type is wrong', () => {
    expect(inWarehouse('type: duck, memroy_limit: 1GB, project: x')).toEqual([
      '2:20  warehouse.type is "duck"; expected duckdb, bigquery or snowflake; did you mean duckdb?',
      '2:26  unknown key "memroy_limit" in warehouse; did you mean "memory_limit"?',
    ]);
  });

  it('keeps models out of the schema of the tables', () => {
    expect(problemsIn('models: { resolved_schema: HEAP }\n')).toEqual([
      '3:28  models.resolved_schema and warehouse.schema are the same; expected two schemas',
    ]);
  });
});
