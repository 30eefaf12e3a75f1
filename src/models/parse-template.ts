import Handlebars from 'handlebars';
import { nearest } from '../config/nearest.js';
import { BLOCK_HELPERS } from '../render/engine.js';
import type { ModelProblem } from './problems.js';

/** Helpers a model can call; how many arguments each takes. */
const ARGUMENTS: ReadonlyMap<string, readonly [least: number, most: number]> = new Map([
  ['config', [0, 0]],
  ['ref', [1, 1]],
  ['source', [1, 2]],
  ['var', [1, 2]],
  ['ident', [1, 1]],
  ['literal', [1, 1]],
  ['type', [1, 1]],
  ['sql', [1, 1]],
]);

const BLOCKS = Object.keys(BLOCK_HELPERS);

/** What `{{this}}` becomes: Handlebars takes every name that ends in "this" for the context. */
export const SELF_HELPER = '_heapload_self';

/** Names of all helpers, for the engine to know. */
export const HELPER_NAMES: readonly string[] = [...ARGUMENTS.keys(), SELF_HELPER, ...BLOCKS];

export interface ParsedTemplate {
  /** Undefined when there are problems. */
  readonly program: hbs.AST.Program | undefined;
  readonly problems: readonly ModelProblem[];
}

/** Reads a template and checks that it calls only what there is; all its problems at once. */
export function parseTemplate(file: string, text: string, fragments: ReadonlySet<string>): ParsedTemplate {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(text);
  } catch (error) {
    return { program: undefined, problems: [syntaxProblem(file, text, error)] };
  }
  const checker = new Checker(fragments);
  checker.accept(program);
  const problems = checker.found.map(({ node, message }) => ({
    file,
    text,
    line: node.loc.start.line,
    column: node.loc.start.column + 1,
    message,
  }));
  return { program: problems.length === 0 ? program : undefined, problems };
}

class Checker extends Handlebars.Visitor {
  readonly found: { readonly node: hbs.AST.Node; readonly message: string }[] = [];

  constructor(private readonly fragments: ReadonlySet<string>) {
    super();
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    if (!node.escaped) this.#add(node, 'expected two braces: nothing is escaped in a model');
    else if (isThis(node)) node.path = selfPath(node.path as hbs.AST.PathExpression);
    else this.#call(node);
    super.MustacheStatement(node);
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    this.#call(node);
    super.SubExpression(node);
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    const name = node.path.original;
    if (!BLOCKS.includes(name)) this.#add(node, `unknown block {{#${name}}}; expected {{#if}} or {{#list}}`);
    else if (node.params.length !== 1) this.#add(node, `{{#${name}}} takes one value`);
    super.BlockStatement(node);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    const name = 'original' in node.name ? node.name.original : '';
    if (!this.fragments.has(name)) this.#add(node, `there is no fragment {{> ${name}}}`);
    super.PartialStatement(node);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.#add(node, 'a model takes no blocks of fragments');
  }

  override DecoratorBlock(node: hbs.AST.DecoratorBlock): void {
    this.#add(node, 'a model takes no decorators');
  }

  override Decorator(node: hbs.AST.Decorator): void {
    this.#add(node, 'a model takes no decorators');
  }

  #call(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression): void {
    const name = 'original' in node.path ? node.path.original : '';
    const limits = ARGUMENTS.get(name);
    if (limits === undefined) {
      this.#add(node.path, unknownHelper(name));
      return;
    }
    const [least, most] = limits;
    const count = node.params.length;
    if (count >= least && count <= most) return;
    this.#add(node, `{{${name}}} has ${count} values; expected ${expectedCount(least, most)}`);
  }

  #add(node: hbs.AST.Node, message: string): void {
    this.found.push({ node, message });
  }
}

function unknownHelper(name: string): string {
  const known = [...ARGUMENTS.keys(), 'this'];
  const close = nearest(name, known);
  const meant = close === undefined ? `expected ${known.join(', ')}` : `did you mean {{${close}}}?`;
  return `unknown name {{${name}}}; ${meant}`;
}

function expectedCount(least: number, most: number): string {
  if (most === 0) return 'only settings such as materialized="table"';
  return least === most ? String(least) : `${least} or ${most}`;
}

function isThis(node: hbs.AST.MustacheStatement): boolean {
  const { path, params } = node;
  return (
    path.type === 'PathExpression' && 'original' in path && path.original === 'this' && params.length === 0
  );
}

function selfPath(path: hbs.AST.PathExpression): hbs.AST.PathExpression {
  return { ...path, original: SELF_HELPER, parts: [SELF_HELPER] };
}

/** Handlebars says where a syntax error is only in words: the line, and up to twenty letters before the place. */
function syntaxProblem(file: string, text: string, error: unknown): ModelProblem {
  const message = error instanceof Error ? error.message : String(error);
  const ofBlock = /^(.*) - (\d+):(\d+)$/s.exec(message);
  if (ofBlock !== null) {
    const place = { line: Number(ofBlock[2]), column: Number(ofBlock[3]) + 1 };
    return { file, text, ...place, message: `not a template: ${ofBlock[1] ?? ''}` };
  }
  const [head = '', shown = '', dashes = '', expecting = ''] = message.split('\n');
  const line = Number(/line (\d+)/.exec(head)?.[1] ?? '1');
  const got = /got '(\w+)'/.exec(expecting)?.[1];
  const what =
    got === 'EOF' || (got === undefined && expecting === '')
      ? 'it ends inside {{ }} or an open block'
      : 'what is in the braces is not complete';
  const place = findPlace(text, line, shown.slice(0, dashes.indexOf('^')).replace(/^\.\.\./, ''));
  return { file, text, ...place, message: `not a template: ${what}` };
}

/** Where a text ends that stands, its line breaks left out, before the place of an error. */
function findPlace(text: string, line: number, before: string): { line: number; column: number } {
  const lines = text.split('\n');
  for (const candidate of [line, line + 1, line - 1]) {
    const content = lines[candidate - 1];
    for (let length = before.length; content !== undefined && length > 0; length -= 1) {
      const at = content.lastIndexOf(before.slice(-length));
      if (at >= 0) return { line: candidate, column: at + length + 1 };
    }
  }
  return { line: Math.min(line, lines.length), column: 1 };
}
