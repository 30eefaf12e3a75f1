import { createRequire } from 'node:module';
import type Handlebars from 'handlebars';

const require = createRequire(import.meta.url);

/** Runs compiled templates. By `require`, which does not go through all files of a package for the names they export. */
export const runtime = require('handlebars/runtime') as typeof Handlebars;

/** Handlebars as a whole, for texts that are not compiled yet: loading it takes 40 ms, which few commands need. */
export function compiler(): typeof Handlebars {
  return require('handlebars') as typeof Handlebars;
}

type CompileOptions = NonNullable<Parameters<typeof Handlebars.compile>[1]>;

/** As strict as a template can be compiled, for those of statements and of models alike. `helpers`: names of all it may call. */
export function compileOptions(helpers: Iterable<string>): CompileOptions {
  return {
    strict: true,
    noEscape: true,
    preventIndent: true,
    knownHelpersOnly: true,
    knownHelpers: Object.fromEntries([...helpers].map((name) => [name, true])),
  };
}
