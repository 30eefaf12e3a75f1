import { compiler } from './handlebars.js';

/**
 * Rejects what strict mode lets through: a bare `{{name}}` (a value that no helper has quoted), `{{{name}}}`,
 * and block helpers other than ours. Throws an Error naming template and line.
 */
export function lintTemplate(name: string, program: hbs.AST.Program, helpers: ReadonlySet<string>): void {
  const visitor = new (compiler().Visitor)();
  const reject = (node: hbs.AST.Node, what: string): never => {
    throw new Error(`template ${name}, line ${node.loc.start.line}: ${what}`);
  };
  const isHelper = (node: { path: hbs.AST.PathExpression | hbs.AST.Literal }): boolean =>
    node.path.type === 'PathExpression' && helpers.has((node.path as hbs.AST.PathExpression).original);
  visitor.MustacheStatement = (node) => {
    if (!isHelper(node) || node.params.length === 0) reject(node, `a value must pass through a helper`);
    if (!node.escaped) reject(node, 'no {{{ }}}');
  };
  const visitBlock = visitor.BlockStatement.bind(visitor);
  visitor.BlockStatement = (node) => {
    if (!isHelper(node)) reject(node, `unknown block`);
    visitBlock(node);
  };
  visitor.accept(program);
}
