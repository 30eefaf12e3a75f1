import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type CompiledTemplate, compileTemplate } from './compile.js';
import { readTemplates } from './template-files.js';

/** The templates of an engine. */
export interface Templates {
  readonly names: Iterable<string>;
  /** Undefined: there is none of that name. `helpers`: names of all that the engine has. */
  compiled(name: string, helpers: ReadonlySet<string>): CompiledTemplate | undefined;
}

const require = createRequire(import.meta.url);

/**
 * Those of a dialect: as the build compiled them, or, where there was no build, from their files. Compiling takes longer than
 * all else that a plan of one load does.
 */
export function templatesOf(dialect: string): Templates {
  const file = fileURLToPath(new URL(`compiled/${dialect}.cjs`, import.meta.url));
  return existsSync(file) ? fromBuild(file) : fromTexts(readTemplates(dialect));
}

/** Compiles each when it is first asked for. */
export function fromTexts(texts: ReadonlyMap<string, string>): Templates {
  return {
    names: texts.keys(),
    compiled: (name, helpers) => {
      const text = texts.get(name);
      return text === undefined ? undefined : compileTemplate(name, text, helpers);
    },
  };
}

function fromBuild(file: string): Templates {
  const templates = new Map(Object.entries(require(file) as Record<string, CompiledTemplate>));
  return { names: templates.keys(), compiled: (name) => templates.get(name) };
}
