import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../../src/models/properties.js';
import type { TestSpec } from '../../../src/models/types.js';

/** The tests of a column `x`, each written as one line of YAML. */
function testsOf(...written: readonly string[]): readonly TestSpec[] {
  const list = written.map((test) => `          - ${test}`).join('\n');
  const { properties, problems } = parseProperties(
    'models/p.yml',
    `models:\n  - name: a\n    columns:\n      - name: x\n        tests:\n${list}\n`,
  );
  expect(problems).toEqual([]);
  return properties.flatMap(({ tests }) => tests);
}

/** What is wrong with one of them. */
function problemOf(test: string): string | undefined {
  const text = `models:\n  - name: a\n    columns:\n      - name: x\n        tests:\n          - ${test}\n`;
  const { problems } = parseProperties('models/p.yml', text);
  return problems[0]?.message.replace('models, item 1.columns, item 1.tests, item 1', '…');
}

describe('data tests in properties', () => {
  it.each<[written: string, spec: TestSpec]>([
    ['unique', { kind: 'unique', columns: ['x'], severity: 'error' }],
    ['not_null: { severity: warn }', { kind: 'not_null', column: 'x', severity: 'warn' }],
    ['unique: { columns: [a, b] }', { kind: 'unique', columns: ['a', 'b'], severity: 'error' }],
    ['not_null: { where: "x > 1" }', { kind: 'not_null', column: 'x', severity: 'error', where: 'x > 1' }],
    [
      `accepted_values: { values: [a, 1, 1.5, true, "it's"] }`,
      { kind: 'accepted_values', column: 'x', values: ['a', 1, 1.5, true, "it's"], severity: 'error' },
    ],
    [
      'accepted_values: { arguments: { values: [a], quote: true }, config: { severity: warn, where: "y = 1" } }',
      { kind: 'accepted_values', column: 'x', values: ['a'], severity: 'warn', where: 'y = 1' },
    ],
    ...[`ref('b')`, `ref( "b" )`, `{{ ref('b') }}`, 'b'].map((to): [string, TestSpec] => [
      `relationships: { to: ${JSON.stringify(to)}, field: y }`,
      { kind: 'relationships', column: 'x', to: { kind: 'ref', name: 'b' }, field: 'y', severity: 'error' },
    ]),
    ...[`source('users')`, `source('heap', "users")`, `{{source("heap", "users")}}`].map(
      (to): [string, TestSpec] => [
        `relationships: { to: ${JSON.stringify(to)}, field: y }`,
        {
          ...{ kind: 'relationships', column: 'x', to: { kind: 'source', name: 'users' }, field: 'y' },
          severity: 'error',
        },
      ],
    ),
  ])('%s', (written, spec) => {
    expect(testsOf(written)).toEqual([spec]);
  });

  it('take whole numbers in quotes where a number would lose digits', () => {
    expect(problemOf('accepted_values: { values: [9007199254740993] }')).toBe(
      '….accepted_values.values, item 1 has more digits than a number holds; expected them in quotes',
    );
    expect(testsOf('accepted_values: { values: ["9007199254740993"] }')).toMatchObject([
      { values: ['9007199254740993'] },
    ]);
    expect(testsOf('accepted_values: { values: ["9007199254740993", "x", 1], quote: false }')).toMatchObject([
      { values: [9007199254740993n, 'x', 1] },
    ]);
  });

  it('stand under tests and data_tests, of the model and of its columns', () => {
    const { properties } = parseProperties(
      'p.yml',
      'models: [{ name: a, data_tests: [{ unique: { columns: [x] } }], columns: [{ name: x, data_tests: [not_null] }] }]',
    );
    expect(properties[0]?.tests.map(({ kind }) => kind)).toEqual(['unique', 'not_null']);
  });

  it.each([
    ['7', '…: expected a test: unique, not_null, accepted_values or relationships'],
    [
      '{ unique: {}, not_null: {} }',
      '…: expected a test: unique, not_null, accepted_values or relationships',
    ],
    ['not_nul', '…: unknown test "not_nul"; did you mean not_null?'],
    ['unique: { column: x }', '….unique.column: unknown key; expected columns, severity or where'],
    [
      'accepted_values: {}',
      '….accepted_values: accepted_values needs values: a list of texts, numbers, true or false',
    ],
    [
      'accepted_values: { values: [] }',
      '….accepted_values: accepted_values needs values: a list of texts, numbers, true or false',
    ],
    [
      'accepted_values: { values: [[a]] }',
      '….accepted_values: accepted_values needs values: a list of texts, numbers, true or false',
    ],
    ['not_null: { where: "" }', '….not_null.where: expected an SQL condition'],
    ['not_null: { severity: fatal }', '….not_null.severity: expected warn or error'],
    [
      'relationships: { to: "b; drop" , field: y }',
      `….relationships: relationships needs to: ref('model') or source('heap', 'table'), and field: its column`,
    ],
    [
      `relationships: { to: ref('b') }`,
      `….relationships: relationships needs to: ref('model') or source('heap', 'table'), and field: its column`,
    ],
  ])('%s is refused', (written, message) => {
    expect(problemOf(written)).toBe(message);
  });
});
