import { describe, expect, it } from 'vitest';
import { load, problems, problemsIn } from './support.js';

describe('YAML', () => {
  it.each([
    ['a tab', 'source:\n\ttype: s3\n', ['2:1  not valid YAML: a tab indents this line; expected spaces']],
    ['an open quote', 'name: "x\n', ['2:1  not valid YAML: missing closing "quote']],
    [
      'two documents',
      'name: x\n---\nname: y\n',
      ['2:1  not valid YAML: a second document begins here; expected one'],
    ],
    [
      'a key that is a list',
      '? [a]\n: 1\n',
      ['1:3  not valid YAML: a key is a list or a mapping; expected text'],
    ],
    ['an unknown tag', 'name: !x y\n', ['1:7  not valid YAML: unresolved tag: !x']],
    [
      'nesting on one line',
      'a: b: c\nd: e: f\n',
      [
        '1:4  not valid YAML: nested mappings are not allowed in compact mappings',
        '2:4  not valid YAML: nested mappings are not allowed in compact mappings',
      ],
    ],
    [
      'a bare variable in a list',
      'tables:\n  include: [${A}]\n',
      [
        '2:14  not valid YAML: missing , or : between flow sequence items; inside [ ] and { } put quotes around it: "${NAME}"',
      ],
    ],
  ])('with %s', (_what, text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it('with a key twice, beside the other problems', () => {
    expect(problemsIn('tables:\n  rename:\n    "sign up": a\n    "sign up": b\n  keyz: {}\n')).toEqual([
      '6:5  tables.rename."sign up" stands here a second time; expected one (the first is in line 5)',
      '7:3  unknown key "keyz" in tables; did you mean "keys"?',
    ]);
  });

  it('with an alias', () => {
    expect(problemsIn('name: &n x\nmodels: { vars: { a: *n } }\n')).toEqual([
      '4:22  *n is an alias; expected the value itself',
    ]);
    expect(problemsIn('tables: &t { include: [*t] }\n')).toEqual([
      '3:24  *t is an alias; expected the value itself',
    ]);
  });

  it('with a key that would change the object it is put in', () => {
    expect(problemsIn('models: { vars: { __proto__: x } }\n')).toEqual([
      '3:19  "__proto__" cannot be used as a name here',
    ]);
  });

  it('with numbers as names', () => {
    const text =
      'source: { type: directory, path: d }\nwarehouse: { type: duckdb }\ntables: { rename: { 404: not_found } }\n';
    expect(load(text).tables.rename).toEqual({ '404': 'not_found' });
  });

  it('with Windows line ends and a byte order mark', () => {
    const text = '\uFEFFsource: { type: directory, path: d }\r\nwarehouse: { type: duckdb }\r\nname: 1\r\n';
    expect(problems(text)).toEqual(['3:7  name is the number 1; expected text: put it in quotes, "1"']);
  });
});
