import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledModule } from '../../../src/render/compile.js';
import { type InlineHelper, createEngine } from '../../../src/render/engine.js';
import { fromTexts } from '../../../src/render/templates.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';

const HELPERS: Readonly<Record<string, InlineHelper>> = {
  show: ([value], hash) =>
    typeof hash['as'] === 'string' ? `<${String(value)} as ${hash['as']}>` : `<${String(value)}>`,
};

function render(text: string, context: object, more: readonly (readonly [string, string])[] = []): string {
  const engine = createEngine(fromTexts(new Map([['t', text], ...more])), () => HELPERS);
  return engine.render('t', context).sql;
}

describe('the engine is strict', () => {
  it('renders what is there, unescaped, and no line of a fragment indented but the first', () => {
    expect(render('  {{show a}} {{show b.c as="x"}}', { a: '<&"\'>', b: { c: 1 } })).toBe(
      '  <<&"\'>> <1 as x>',
    );
    expect(render('a\n  {{> p}}\nb', {}, [['fragment/p', 'x\ny\n']])).toBe('a\n  x\ny\nb');
  });

  it.each([
    '{{show nothing}}',
    '{{show a.nothing}}',
    '{{show nothing.a}}',
    '{{show a as=nothing}}',
    '{{show ../a}}',
  ])('an unknown name throws: %s', (text) => {
    expect(() => render(text, { a: {} })).toThrow();
  });

  it.each(['{{#if a}}x{{/if}}', '{{#if nothing}}x{{/if}}', '{{#if list}}x{{else}}y{{/if}}'])(
    '%s: if takes booleans only',
    (text) => {
      for (const a of ['', 'x', 0, 1, null, {}, []]) expect(() => render(text, { a, list: [] })).toThrow();
    },
  );

  it.each(['{{#list a between=","}}x{{/list}}', '{{#list nothing between=","}}x{{/list}}'])(
    '%s: list takes arrays only',
    (text) => {
      for (const a of ['abc', 1, null, { 0: 'a', length: 1 }, new Set([1])])
        expect(() => render(text, { a })).toThrow();
    },
  );

  it('a list needs to know how to join', () => {
    expect(() => render('{{#list a}}x{{/list}}', { a: [1] })).toThrow('list: give indent= or between=');
    expect(render('{{#list a between="+"}}{{show this}}{{/list}}', { a: [1, 2] })).toBe('<1>+<2>');
    expect(render('{{#list a indent=2}}{{show this}}{{/list}}', { a: [1, 2] })).toBe('<1>,\n  <2>');
    expect(render('[{{#list a between="+"}}x{{/list}}]', { a: [] })).toBe('[]');
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '__defineGetter__', '__lookupGetter__'])(
    'gives nothing of the prototype: %s',
    (name) => {
      expect(() => render(`{{show ${name}}}`, {})).toThrow();
      expect(() => render(`{{show a.${name}}}`, { a: {} })).toThrow();
      expect(() => render(`{{show a.${name}.name}}`, { a: 'text' })).toThrow();
    },
  );

  it('a template that does not exist throws', () => {
    expect(() => createEngine(fromTexts(new Map()), () => HELPERS).render('t', {})).toThrow(
      'there is no template t',
    );
    expect(() => render('{{> nowhere}}', {})).toThrow();
  });

  it('notes the parameters of each template, once and in order', () => {
    const templates = new Map([
      ['t', '{{param "run_id"}} {{param "holder"}} {{param "run_id"}}'],
      ['u', 'x'],
    ]);
    const engine = createEngine(fromTexts(templates), (use) => ({
      param: ([name]) => {
        use.noteParameter(name as 'run_id');
        return `$${String(name)}`;
      },
    }));
    expect(engine.render('t', {})).toEqual({
      sql: '$run_id $holder $run_id',
      parameters: ['run_id', 'holder'],
    });
    expect(engine.render('u', {})).toEqual({ sql: 'x', parameters: [] });
  });
});

describe('the lint rejects what strict mode lets through', () => {
  it.each([
    ['{{a}}', 'a value must pass through a helper'],
    ['{{{a}}}', 'a value must pass through a helper'],
    ['{{&a}}', 'a value must pass through a helper'],
    ['{{{show a}}}', 'no {{{ }}}'],
    ['{{&show a}}', 'no {{{ }}}'],
    ['{{this}}', 'a value must pass through a helper'],
    ['{{show}}', 'a value must pass through a helper'],
    ['{{unknown a}}', 'a value must pass through a helper'],
    ['{{a.show a}}', 'a value must pass through a helper'],
    ['{{"show" a}}', 'a value must pass through a helper'],
    ['{{#each a}}x{{/each}}', 'unknown block'],
    ['{{#with a}}x{{/with}}', 'unknown block'],
    ['{{#unless a}}x{{/unless}}', 'unknown block'],
    ['{{#a}}x{{/a}}', 'unknown block'],
    ['{{^a}}x{{/a}}', 'unknown block'],
    ['{{#if yes}}{{a}}{{/if}}', 'a value must pass through a helper'],
    ['{{#if yes}}x{{else}}{{a}}{{/if}}', 'a value must pass through a helper'],
    ['{{#list l between=","}}{{#if yes}}{{{a}}}{{/if}}{{/list}}', 'a value must pass through a helper'],
  ])('%s', (text, reason) => {
    expect(() => render(`line one\n${text}`, { a: 1, yes: true, l: [1] })).toThrow(
      `template t, line 2: ${reason}`,
    );
  });

  it('also in fragments', () => {
    expect(() => render('{{> p}}', { a: 1 }, [['fragment/p', '{{a}}']])).toThrow(
      'template fragment/p, line 1',
    );
  });

  it.each(Object.entries(WAREHOUSES))(
    'lets pass all templates of %s, rendered or not, and a build holds them as they are',
    async (name, warehouse) => {
      const compiled = compiledModule(warehouse.dialect());
      expect(compiled.split('\n').filter((line) => /^"[a-z/0-9-]+": \{/.test(line)).length).toBeGreaterThan(
        20,
      );
      const built = path.join(import.meta.dirname, '../../../dist/src/render/compiled', `${name}.cjs`);
      expect(await readFile(built, 'utf8')).toBe(compiled);
    },
  );
});
