import type Handlebars from 'handlebars';
import type { ParameterName } from '../warehouse/contract.js';
import { runtime } from './handlebars.js';
import type { Templates } from './templates.js';

/** One helper: gets its positional arguments and its hash, gives SQL text. */
export type InlineHelper = (args: readonly unknown[], hash: Readonly<Record<string, unknown>>) => string;

export interface Rendered {
  readonly sql: string;
  /** Run-time values the text refers to, each once, in order of first use. */
  readonly parameters: readonly ParameterName[];
}

export interface Engine {
  /** Throws when the template does not exist or the context lacks something it names. */
  render(template: string, context: object): Rendered;
}

/**
 * Handlebars in an isolated instance, as strict as it can be made: unknown names throw, nothing is escaped or
 * re-indented, only our helpers exist, and every value passes through one of them (a lint over the syntax tree
 * sees to it), so that what quotes and escapes SQL is those few helpers.
 * Templates below `fragment/` are partials by their bare name. Each is made ready when it is first used, since a command
 * needs few of them.
 */
export function createEngine(
  templates: Templates,
  inlineHelpers: (use: EngineUse) => Readonly<Record<string, InlineHelper>>,
): Engine {
  const handlebars = runtime.create();
  for (const name of Object.keys(handlebars.helpers)) handlebars.unregisterHelper(name);
  const parameters: ParameterName[] = [];
  const ready = new Map<string, Handlebars.TemplateDelegate>();
  const noteParameter = (name: ParameterName): void => {
    if (!parameters.includes(name)) parameters.push(name);
  };
  const inline = inlineHelpers({ noteParameter, expand });
  for (const [name, helper] of Object.entries(inline)) {
    handlebars.registerHelper(name, (...args: unknown[]) => {
      const options = args.pop() as Handlebars.HelperOptions;
      const hash = options.hash as Record<string, unknown>;
      // Strict mode lets unknown names pass when they are arguments.
      if ([...args, ...Object.values(hash)].includes(undefined))
        throw new Error(`${name}: the context lacks what it names`);
      return helper(args, hash);
    });
  }
  for (const [name, helper] of Object.entries(BLOCK_HELPERS)) handlebars.registerHelper(name, helper);
  const helpers = helperNames(inline);
  for (const name of templates.names) {
    if (!name.startsWith('fragment/')) continue;
    const partial: Handlebars.TemplateDelegate = (context, given) => templateOf(name)(context, given);
    handlebars.registerPartial(name.slice('fragment/'.length), partial);
  }

  function templateOf(name: string): Handlebars.TemplateDelegate {
    const known = ready.get(name);
    if (known !== undefined) return known;
    const compiled = templates.compiled(name, helpers);
    if (compiled === undefined) throw new Error(`there is no template ${name}`);
    const template = handlebars.template(compiled);
    ready.set(name, template);
    return template;
  }

  function expand(template: string, context: object): string {
    return templateOf(template)(context, { allowProtoPropertiesByDefault: false });
  }

  return {
    render(template, context) {
      parameters.length = 0;
      const sql = expand(template, context).trimEnd();
      return { sql, parameters: [...parameters] };
    },
  };
}

/** All helpers that a template may call: those given, and the blocks. */
export function helperNames(inline: Readonly<Record<string, InlineHelper>>): ReadonlySet<string> {
  return new Set([...Object.keys(inline), ...Object.keys(BLOCK_HELPERS)]);
}

/** What helpers may use of the engine they belong to. */
export interface EngineUse {
  readonly noteParameter: (name: ParameterName) => void;
  /** Another template's text, for helpers that choose one by name. */
  readonly expand: (template: string, context: object) => string;
}

/** `{{#list items indent=2}}` puts items on lines of their own, a comma after each; `between=", "` joins with that text. */
function listBlock(this: unknown, ...args: unknown[]): string {
  const options = args.pop() as Handlebars.HelperOptions;
  const [items] = args;
  if (!Array.isArray(items)) throw new Error(`list: not an array: ${typeof items}`);
  const { indent, between } = options.hash as { indent?: unknown; between?: unknown };
  const separator = typeof indent === 'number' ? `,\n${' '.repeat(indent)}` : between;
  if (typeof separator !== 'string') throw new Error('list: give indent= or between=');
  return items.map((item: unknown) => options.fn(item)).join(separator);
}

/** Strict: what is not a boolean is an error, not false. */
function ifBlock(this: unknown, ...args: unknown[]): string {
  const options = args.pop() as Handlebars.HelperOptions;
  const [condition] = args;
  if (typeof condition !== 'boolean') throw new Error(`if: not a boolean: ${typeof condition}`);
  return condition ? options.fn(this) : options.inverse(this);
}

/** The helpers that take a block, by name; templates of statements and of models have the same. */
export const BLOCK_HELPERS = { if: ifBlock, list: listBlock };
