import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDefinitions } from '../../../../src/models/definitions/parse.js';

const FILE = 'sync_1/property_definitions.json';
const condition = { clauses: [{ property_name: 'utm_medium', operator: '=', value: 'cpc' }] };
const value = { type: 'constant', value: 'Paid' };
const good = { property_name: 'channel', type: 'event', cases: [{ value, condition }] };

const parse = (...entries: readonly unknown[]) => parseDefinitions(JSON.stringify(entries), FILE);

describe('parseDefinitions', () => {
  it('reads the sample', () => {
    const text = readFileSync('examples/dumps/sync_98/property_definitions.json', 'utf8');
    const { definitions, skipped } = parseDefinitions(text, FILE);
    expect(skipped).toEqual([]);
    expect(definitions).toHaveLength(1);
    expect(definitions[0]).toMatchObject({
      name: 'channel',
      type: 'event',
      otherwise: { kind: 'field', property: 'utm_source' },
    });
    expect(definitions[0]?.cases[0]).toEqual({
      value: { kind: 'constant', text: 'Paid' },
      condition: {
        combinator: 'and',
        clauses: [{ operator: '=', property: 'utm_medium', value: 'cpc' }],
      },
    });
  });

  it('takes numbers and booleans as text, all digits of integers kept', () => {
    const text = `[{"property_name":"n","type":"user","cases":[],"default_value":{"type":"constant","value":9007199254740993}}]`;
    expect(parseDefinitions(text, FILE).definitions[0]?.otherwise).toEqual({
      kind: 'constant',
      text: '9007199254740993',
    });
  });

  it.each([
    ['an unknown type', { ...good, type: 'session' }],
    ['an unknown key', { ...good, formula: 'x' }],
    ['an unknown kind of value', { ...good, cases: [{ value: { type: 'sum', value: 'x' }, condition }] }],
    ['an unknown operator', { ...good, cases: [{ value, condition: clauses({ operator: '>' }) }] }],
    ['a list to compare with', { ...good, cases: [{ value, condition: clauses({ value: ['a'] }) }] }],
    ['nested conditions', { ...good, cases: [{ value, condition: { clauses: [condition] } }] }],
    ['no condition', { ...good, cases: [{ value }] }],
    ['no clauses', { ...good, cases: [{ value, condition: { clauses: [] } }] }],
    ['no combinator of two', { ...good, cases: [{ value, condition: twice(undefined) }] }],
    ['an unknown combinator', { ...good, cases: [{ value, condition: twice('xor') }] }],
    ['no name', { ...good, property_name: '' }],
    ['no object', 'channel'],
  ])('leaves out a definition with %s, shows it, and keeps the others', (_what, entry) => {
    const { definitions, skipped } = parse(entry, good);
    expect(definitions.map(({ name }) => name)).toEqual(['channel']);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toContain(FILE);
    expect(skipped[0]).toContain(JSON.stringify(entry));
  });

  it('shows no more than the beginning of a long one', () => {
    const [message] = parse({ ...good, property_name: 'x'.repeat(10_000), type: 'session' }).skipped;
    expect(message?.length).toBeLessThan(1000);
    expect(message).toContain('…');
  });

  it.each([
    ['{', 'not JSON'],
    ['{"a": 1}', 'not a list'],
    ['', 'not JSON'],
  ])('defines nothing from %j and says why', (text, why) => {
    const { definitions, skipped } = parseDefinitions(text, FILE);
    expect(definitions).toEqual([]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toContain(why);
  });
});

function clauses(changed: object): object {
  return { clauses: [{ property_name: 'utm_medium', operator: '=', value: 'cpc', ...changed }] };
}

function twice(combinator: string | undefined): object {
  return { clauses: [...condition.clauses, ...condition.clauses], clause_combinator: combinator };
}
