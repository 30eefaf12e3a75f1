import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { modelSchemas } from '../../../src/models/project.js';
import { type Files, configOf, load } from './support.js';

/** Lines of the error, its first one and the hint left out. */
function problems(files: Files): readonly string[] {
  try {
    load(files);
  } catch (error) {
    if (error instanceof HeaploadError && error.code === 'MODEL_INVALID')
      return error.message.split('\n').slice(1);
    throw error;
  }
  throw new Error('expected the project to be refused');
}

const firstLine = (text: string): string | undefined => problems({ 'models/a.sql': text })[0];

describe('templates that are not valid', () => {
  it('show the line with a caret under the place', () => {
    expect(
      problems({ 'models/orders.sql': 'select 1', 'models/a.sql': 'select *\nfrom {{ref "ordes"}}' }),
    ).toEqual([
      'models/a.sql:2:6  there is no model "ordes"; did you mean orders?',
      '    2 | from {{ref "ordes"}}',
      '             ^',
    ]);
  });

  it.each([
    ['{{reff "b"}}', '1:3  unknown name {{reff}}; did you mean {{ref}}?'],
    ['select {{{ref "b"}}}', '1:8  expected two braces: nothing is escaped in a model'],
    ['{{#each x}}{{/each}}', '1:1  unknown block {{#each}}; expected {{#if}} or {{#list}}'],
    ['{{ref "a" "b"}}', '1:1  {{ref}} has 2 values; expected 1'],
    ['{{ref a}}', '1:1  {{ref}}: no such value here; names of models and tables stand in quotes'],
    ['{{> nothing}}', '1:1  there is no fragment {{> nothing}}'],
    ['{{config materialized="tabel"}}', '1:1  materialized is "tabel"; expected view, table or incremental'],
    [
      '{{config unique_keys="a"}} select 1',
      '1:1  {{config}} has no setting unique_keys; did you mean unique_key?',
    ],
    [
      '{{var "day"}}',
      '1:1  there is no variable "day" under models.vars, and no default is given; did you mean days?',
    ],
    ['select 1;', '1:9  ends with a semicolon; expected the query alone'],
    ['-- {{! nothing }}', undefined],
    ['{{config tags="x"}}', '1:1  gives no SQL; expected one query'],
    ['select {{ref "b" from x', '1:23  not a template: what is in the braces is not complete'],
    ['{{#if incremental}} x', '1:22  not a template: it ends inside {{ }} or an open block'],
    [
      '{{config materialized="incremental"}} select 1',
      '1:1  an incremental model merges its rows by a key; expected unique_key="…" in its {{config}}',
    ],
  ])('%s', (text, message) => {
    if (message === undefined) expect(() => load({ 'models/a.sql': text })).not.toThrow();
    else expect(firstLine(text)).toBe(`models/a.sql:${message}`);
  });

  it('all at once, over all files', () => {
    const files = {
      'models/a.sql': '{{ref "x"}} {{ref "y"}}',
      'models/b.sql': '{{var "z"}}',
      'tests/t.sql': '{{ref "w"}}',
    };
    const heads = problems(files).filter((line) => /^\w/.test(line));
    expect(heads.map((line) => line.split('  ')[0])).toEqual([
      'models/a.sql:1:1',
      'models/a.sql:1:13',
      'models/b.sql:1:1',
      'tests/t.sql:1:1',
    ]);
  });
});

describe('the graph', () => {
  it('puts what is read first, whichever way the template goes', () => {
    const { graph } = load({
      'models/a.sql':
        '{{config materialized="incremental" unique_key="x"}} {{#if incremental}}{{ref "z"}}{{else}}{{ref "y"}}{{/if}}',
      'models/y.sql': 'select * from {{ref "z"}}',
      'models/z.sql': 'select 1',
    });
    expect(graph.models.map(({ name }) => name)).toEqual(['z', 'y', 'a']);
    expect(graph.parents.get('a')).toEqual(['y', 'z']);
  });

  it('shows the way round a circle', () => {
    const files = {
      'models/a.sql': 'select * from {{ref "b"}}',
      'models/b.sql': 'select * from {{ref "c"}}',
      'models/c.sql': 'select *\nfrom {{ref "b"}}',
    };
    expect(problems(files)[0]).toBe(
      'models/b.sql:1:15  models read each other in a circle: b → c → b; expected one of them to read something else',
    );
    expect(problems({ 'models/a.sql': '{{ref "a"}}' })[0]).toContain('a → a');
  });

  it('refuses two models of one name', () => {
    expect(problems({ 'models/a.sql': 'select 1', 'models/x/A.sql': 'select 1' })[0]).toBe(
      'models/x/A.sql:1:1  there is a model A in models/a.sql already',
    );
  });
});

describe('properties that are not valid', () => {
  it.each([
    ['modls: []', '1:1  modls: unknown key; did you mean models?'],
    [
      'models: [{ name: a, descrption: x }]',
      '1:21  models, item 1.descrption: unknown key; did you mean description?',
    ],
    [
      'models: [{ name: a, tests: [uniqe] }]',
      '1:29  models, item 1.tests, item 1: unknown test "uniqe"; did you mean unique?',
    ],
    [
      'models: [{ name: a, tests: [not_null] }]',
      '1:29  models, item 1.tests, item 1: not_null belongs to a column',
    ],
    [
      'models: [{ name: a, columns: [{ name: x, tests: [{ unique: { severity: bad } }] }] }]',
      '1:72  models, item 1.columns, item 1.tests, item 1.unique.severity: expected warn or error',
    ],
    [
      'models: [{ name: a, columns: [{ name: x, tests: [{ relationships: { to: ref("b"), field: y } }] }] }]',
      '1:1  relationships: there is no model "b"; did you mean a?',
    ],
  ])('%s', (text, message) => {
    const [first] = problems({ 'models/a.sql': 'select 1', 'models/p.yml': text });
    expect(first?.replace(/^models\/\w+\.(yml|sql):/, '')).toBe(message);
  });
});

describe('the schemas of models', () => {
  it('are those of the models there are: the user’s own, and those that are shipped', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-models-'));
    const { models: off } = configOf();
    const models = { ...off, path: path.join(folder, 'models') };
    const file = path.join(folder, 'integration.yml');
    const sessions = { enabled: true, materialized: undefined };
    const shipped = { ...models, shipped: { ...models.shipped, sessions } };
    try {
      expect(modelSchemas({ file, models })).toEqual([]);
      expect(modelSchemas({ file, models: shipped })).toEqual(['heap_resolved']);
      await mkdir(path.join(models.path, 'deep'), { recursive: true });
      await writeFile(path.join(models.path, 'notes.yml'), '');
      expect(modelSchemas({ file, models })).toEqual([]);
      await writeFile(path.join(models.path, 'deep', 'a.sql'), 'SELECT 1');
      expect(modelSchemas({ file, models })).toEqual(['heap_models']);
      expect(modelSchemas({ file, models: shipped })).toEqual(['heap_models', 'heap_resolved']);
      expect(modelSchemas({ file, models: { ...shipped, resolvedSchema: 'HEAP_MODELS' } })).toEqual([
        'HEAP_MODELS',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
