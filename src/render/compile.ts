import vm from 'node:vm';
import type { Dialect } from '../warehouse/contract.js';
import { helperNames } from './engine.js';
import { compileOptions, compiler } from './handlebars.js';
import { sqlHelpers } from './helpers.js';
import { lintTemplate } from './lint.js';
import { readTemplates } from './template-files.js';

/** A compiled template, as Handlebars' runtime takes it. */
export type CompiledTemplate = object;

/**
 * A template as the text of a JavaScript object, which is a {@link CompiledTemplate}. `helpers`: names of all that it may
 * call. Throws an Error naming template and line when the text is not valid or does what the lint rejects.
 */
function compileToText(name: string, text: string, helpers: ReadonlySet<string>): string {
  const { parse, precompile } = compiler();
  const program = parse(text);
  lintTemplate(name, program, helpers);
  return precompile(program, compileOptions(helpers)) as string;
}

/** A template as Handlebars' runtime takes it. Throws as {@link compileToText}. */
export function compileTemplate(name: string, text: string, helpers: ReadonlySet<string>): CompiledTemplate {
  return vm.runInThisContext(`(${compileToText(name, text, helpers)})`) as CompiledTemplate;
}

/** All templates of a dialect as the text of a CommonJS module, which exports them by name. Throws as {@link compileToText}. */
export function compiledModule(dialect: Dialect): string {
  const helpers = helperNames(sqlHelpers(dialect, '', { noteParameter: () => undefined, expand: () => '' }));
  const entries = [...readTemplates(dialect.name)].map(
    ([name, text]) => `${JSON.stringify(name)}: ${compileToText(name, text, helpers)},\n`,
  );
  return `module.exports = {\n${entries.join('')}};\n`;
}
