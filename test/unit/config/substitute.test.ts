import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conceal, scalarOf, substitute } from '../../../src/config/substitute.js';
import { MINIMAL, failure, load, problems, problemsIn } from './support.js';

describe('substitute', () => {
  const env = { A: 'alpha', EMPTY: '', NESTED: '${A}' };

  it.each([
    ['${A}', 'alpha'],
    ['x-${A}-${A}', 'x-alpha-alpha'],
    ['${EMPTY}', ''],
    ['${EMPTY:-default}', 'default'],
    ['${UNSET:-default}', 'default'],
    ['${UNSET:-}', ''],
    ['${UNSET:-a:-b}', 'a:-b'],
    ['${A:-default}', 'alpha'],
    ['${NESTED}', '${A}'],
    ['$${A}', '${A}'],
    ['$$${A}', '$${A}'],
    ['$A $ 5$', '$A $ 5$'],
  ])('%s becomes %s', (written, text) => {
    expect(substitute(written, env)).toMatchObject({ text, problems: [] });
  });

  it.each(['${}', '${1A}', '${A-x}', '${A B}', '${A'])('refuses %s', (written) => {
    expect(substitute(written, env).problems).toEqual([
      `${written} is not a variable; expected \${NAME} or \${NAME:-default}, or $\${ for the characters \${`,
    ]);
  });

  it('does not take what every object has for a variable', () => {
    expect(substitute('${constructor}${__proto__}', {}).problems).toHaveLength(2);
  });

  it('finds the numbers and booleans that a text spells', () => {
    expect(['true', 'false', '5432', '-1.5', '0'].map(scalarOf)).toEqual([true, false, 5432, -1.5, 0]);
    for (const text of ['True', '', ' 1', '1e3', '0x10', '9007199254740993', 'NaN'])
      expect(scalarOf(text)).toBeUndefined();
  });
});

describe('variables in a configuration', () => {
  it('stand in values, lists and names given, never in keys', () => {
    const lines = 'name: ${NAME}\ntables:\n  exclude: ["${T}_*"]\n  rename:\n    ${T}: ${T}_new\n';
    const config = load(MINIMAL + lines, { NAME: 'acme', T: 'tmp' });
    expect(config.name).toBe('acme');
    expect(config.tables).toMatchObject({ exclude: ['tmp_*'], rename: { '${T}': 'tmp_new' } });
  });

  it('that are not set are reported where they stand, with the other problems', () => {
    expect(problemsIn('name: ${NAME}\ntables:\n  include: [a, "${T}"]\n  new_tables: ${N:-lod}\n')).toEqual([
      '3:7  name: environment variable NAME is not set; set it, or write ${NAME:-default}',
      '5:16  tables.include, item 2: environment variable T is not set; set it, or write ${T:-default}',
      '6:15  tables.new_tables is "${N:-lod}"; expected load, ignore or fail',
    ]);
  });

  it('are text, and numbers or booleans where only those are taken', () => {
    const text = `
source: { type: s3, bucket: b, path_style: "\${STYLE}", profile: "\${FIVE}" }
warehouse: { type: duckdb, threads: "\${FIVE}", read_only: "\${STYLE}", path: "\${FIVE}" }
models: { vars: { five: "\${FIVE}" } }
`;
    const config = load(text, { STYLE: 'true', FIVE: '5' });
    expect(config.source).toMatchObject({ pathStyle: true, profile: '5' });
    expect(config.warehouse.settings).toMatchObject({ threads: 5, read_only: true, path: '5' });
    expect(config.models.vars).toEqual({ five: '5' });
    expect(problems(text, { STYLE: 'maybe', FIVE: 'five' })).toEqual([
      '2:44  source.path_style is "${STYLE}"; expected true or false',
      '3:37  warehouse.threads: cannot be "${FIVE}"',
      '3:59  warehouse.read_only: cannot be "${STYLE}"',
    ]);
  });

  it('that are empty count as empty', () => {
    expect(problemsIn('name: ${NAME}\n', { NAME: '' })).toEqual(['3:7  name is empty; expected text']);
  });
});

describe('values of the environment', () => {
  it('are concealed in messages of others, in each spelling', () => {
    const used = [
      { written: '${A}', value: 'se"cret' },
      { written: '${B}', value: '7' },
      { written: '${E}', value: '' },
    ];
    expect(conceal('bad: se"cret, "se\\"cret", SE"CRET; 7 of 17', used)).toBe(
      'bad: ${A}, "${A}", ${A}; ${B} of 17',
    );
  });

  it('do not conceal each other', () => {
    const used = [
      { written: '${LONG}', value: 'abcdef' },
      { written: '${PART}', value: 'abcd' },
      { written: '${NAME}', value: 'LONG' },
    ];
    expect(conceal('abcdef abcd long', used)).toBe('${LONG} ${PART} ${NAME}');
  });

  it('never stand in an error, wherever they are used', () => {
    const everywhere = (v: string): string => `
name: "${v} !"
source:
  type: ${v}
  path: ~/${v}
  bucket: s3://${v}
  role_arn: ${v}
  external_id: ${v}
  endpoint: ${v}
  path_style: ${v}
  prefix: ../${v}
  layout: ${v}
  patterns: ["${v}"]
  start_date: ${v}
warehouse:
  type: duckdb
  schema: "a.${v}"
  memory_limit: ${v}
  threads: x${v}y
  read_only: [ "${v}" ]
tables:
  new_tables: ${v}
  keys: { clicks: ["${v}", "${v}"], all: ["${v}"] }
  rename: { a: "${v}!", b: "${v}!" }
columns:
  include: { users: ["${v}"] }
  exclude: { clicks: ["${v}"], "*": ["${v}"] }
  rename: { users: { a: "_heapload_${v}", b: "_heapload_${v}" } }
  timestamps: { as: "${v}" }
on_bad_file: ${v}
models: { schema: "${v}-", vars: { x: "${v}" } }
`;
    const secret = fc.oneof(
      fc.stringMatching(/^[a-zA-Z0-9_+/=-]{8,40}$/),
      fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter((value) => /^[^\s]{6}/.test(value)),
    );
    fc.assert(
      fc.property(secret, (value) => {
        const error = failure(everywhere('${SECRET}'), { SECRET: `Zq9${value}` });
        const shown = [
          error.message,
          error.hint,
          error.stack ?? '',
          JSON.stringify(error.place),
          String(error.cause),
        ];
        expect(shown.join('\n')).not.toContain(`Zq9${value}`);
        expect(shown.join('\n')).not.toContain(JSON.stringify(`Zq9${value}`).slice(1, -1));
        expect(JSON.stringify(error.problems)).not.toContain('Zq9');
        expect(error.problems.length).toBeGreaterThan(18);
        expect(error.message).toContain('${SECRET}');
      }),
      { numRuns: 60 },
    );
  });
});
