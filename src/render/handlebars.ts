import { createRequire } from 'node:module';
import type Handlebars from 'handlebars';

const require = createRequire(import.meta.url);

/** Runs compiled templates. By `require`, which does not go through all files of a package for the names they export. */
export const runtime = require('handlebars/runtime') as typeof Handlebars;

/** Handlebars as a whole, for texts that are not compiled yet: loading it takes 40 ms, which few commands need. */
export function compiler(): typeof Handlebars {
  return require('handlebars') as typeof Handlebars;
}
