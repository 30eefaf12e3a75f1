import Handlebars from 'handlebars';
import type { Position } from '../config/problems.js';
import { BLOCK_HELPERS } from '../render/engine.js';
import { compileOptions } from '../render/handlebars.js';
import { spellingHelpers } from '../render/helpers.js';
import type { Dialect } from '../warehouse/contract.js';
import { HELPER_NAMES, SELF_HELPER, parseTemplate } from './parse-template.js';
import type { ModelProblem } from './problems.js';

/** What the helpers of a template stand for while it is rendered. A {@link TemplateProblem} thrown gets its place. */
export interface Bindings {
  readonly config: (settings: Readonly<Record<string, unknown>>, place: Position) => void;
  readonly ref: (name: string, place: Position) => string;
  readonly source: (name: string) => string;
  readonly variable: (name: string, fallback: string | undefined) => string;
  /** The relation itself, quoted; undefined: there is none, as for a data test. */
  readonly self: string | undefined;
  /** The value behind `{{#if incremental}}`. */
  readonly incremental: boolean;
}

/** What is wrong with one call of a helper. */
export class TemplateProblem extends Error {
  override readonly name = 'TemplateProblem';
}

export interface TemplateText {
  /** For messages. */
  readonly file: string;
  readonly text: string;
  readonly context: Readonly<Record<string, unknown>>;
}

export type RenderedTemplate =
  | { readonly ok: true; readonly sql: string }
  | { readonly ok: false; readonly problems: readonly ModelProblem[] };

export type RenderTemplate = (template: TemplateText, bindings: Bindings) => RenderedTemplate;

/** One template while it is rendered. */
interface Rendering {
  readonly template: TemplateText;
  readonly bindings: Bindings;
  readonly problems: ModelProblem[];
}

/** Handlebars for models, in an isolated instance: strict, unescaped, with the helpers of this room only. */
export function createTemplateEngine(
  dialect: Dialect,
  fragments: ReadonlyMap<string, string>,
): RenderTemplate {
  const handlebars = Handlebars.create();
  for (const name of Object.keys(handlebars.helpers)) handlebars.unregisterHelper(name);
  let rendering: Rendering | undefined;
  const helpers = modelHelpers(dialect, () => {
    if (rendering === undefined) throw new Error('a helper outside of a rendering');
    return rendering.bindings;
  });
  for (const [name, helper] of Object.entries(helpers)) {
    handlebars.registerHelper(name, (...args: unknown[]) => {
      const options = args.pop() as LocatedOptions;
      try {
        return helper(definedOnly(name, args), options.hash as Record<string, unknown>, placeOf(options));
      } catch (error) {
        if (!(error instanceof TemplateProblem) || rendering === undefined) throw error;
        rendering.problems.push(problemAt(rendering.template, placeOf(options), error.message));
        return '';
      }
    });
  }
  for (const [name, helper] of Object.entries(BLOCK_HELPERS)) handlebars.registerHelper(name, helper);
  for (const [name, text] of fragments) {
    const { program, problems } = parseTemplate(name, text, new Set(fragments.keys()));
    if (program === undefined) throw new Error(`fragment ${name}: ${problems[0]?.message ?? 'not valid'}`);
    handlebars.registerPartial(name, handlebars.compile(program, OPTIONS));
  }
  return (template, bindings) => {
    const parsed = parseTemplate(template.file, template.text, new Set(fragments.keys()));
    if (parsed.program === undefined) return { ok: false, problems: parsed.problems };
    rendering = { template, bindings, problems: [] };
    try {
      const render = handlebars.compile(parsed.program, OPTIONS);
      const context = { ...template.context, incremental: bindings.incremental };
      const sql = render(context, { allowProtoPropertiesByDefault: false }).trim();
      const { problems } = rendering;
      return problems.length === 0 ? checkedSql(template, sql) : { ok: false, problems };
    } catch (error) {
      return { ok: false, problems: [...rendering.problems, failureProblem(template, error)] };
    } finally {
      rendering = undefined;
    }
  };
}

const OPTIONS = compileOptions(HELPER_NAMES);

type ModelHelper = (
  args: readonly unknown[],
  hash: Readonly<Record<string, unknown>>,
  place: Position,
) => string;

function modelHelpers(dialect: Dialect, bound: () => Bindings): Readonly<Record<string, ModelHelper>> {
  const name = (helper: string, value: unknown): string => {
    if (typeof value === 'string' && value !== '') return value;
    throw new TemplateProblem(`{{${helper}}} takes a name in quotes, e.g. {{${helper} "pageviews"}}`);
  };
  const { ident, literal, type } = spellingHelpers(dialect);
  const spelling =
    (helper: typeof ident): ModelHelper =>
    (args, hash) => {
      try {
        return helper(args, hash);
      } catch (error) {
        throw new TemplateProblem(error instanceof Error ? error.message : String(error));
      }
    };
  return {
    config: (_args, hash, place) => {
      bound().config(hash, place);
      return '';
    },
    ref: ([model], _hash, place) => bound().ref(name('ref', model), place),
    // dbt writes the source's name first; here there is one source.
    source: (args) => bound().source(name('source', args.at(-1))),
    var: ([variable, fallback]) =>
      bound().variable(name('var', variable), fallback === undefined ? undefined : scalarText(fallback)),
    [SELF_HELPER]: () => {
      const { self } = bound();
      if (self === undefined) throw new TemplateProblem('a data test has no relation of its own');
      return self;
    },
    ident: spelling(ident),
    literal: spelling(literal),
    type: spelling(type),
    sql: ([text]) => name('sql', text),
  };
}

function scalarText(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new TemplateProblem('{{var}} takes a text, a number, true or false as its default');
}

/** Handlebars tells helpers where they are called; its types do not say so. */
interface LocatedOptions extends Handlebars.HelperOptions {
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } };
}

function placeOf(options: LocatedOptions): Position {
  const start = options.loc?.start;
  return start === undefined ? { line: 1, column: 1 } : { line: start.line, column: start.column + 1 };
}

/** Strict mode lets unknown names pass when they are arguments. */
function definedOnly(helper: string, args: readonly unknown[]): readonly unknown[] {
  if (!args.includes(undefined)) return args;
  throw new TemplateProblem(`{{${helper}}}: no such value here; names of models and tables stand in quotes`);
}

function problemAt({ file, text }: TemplateText, place: Position, message: string): ModelProblem {
  return { file, text, ...place, message };
}

/** What Handlebars or a block threw. */
function failureProblem(template: TemplateText, error: unknown): ModelProblem {
  if (!(error instanceof Error)) throw error;
  const { lineNumber, column } = error as { readonly lineNumber?: number; readonly column?: number };
  const place = { line: lineNumber ?? 1, column: (column ?? 0) + 1 };
  return problemAt(template, place, error.message.replace(/ - \d+:\d+$/, ''));
}

/** A model is one query. */
function checkedSql(template: TemplateText, sql: string): RenderedTemplate {
  const problem = (message: string, at: number): RenderedTemplate => {
    const before = template.text.slice(0, Math.max(0, at)).split('\n');
    const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    return { ok: false, problems: [problemAt(template, place, message)] };
  };
  if (sql === '') return problem('gives no SQL; expected one query', 0);
  if (sql.endsWith(';'))
    return problem('ends with a semicolon; expected the query alone', template.text.lastIndexOf(';'));
  return { ok: true, sql };
}
