import { keyword } from '../../stand-ins/bigquery/lexer.js';
import { type ScriptStatement, readScript } from '../../stand-ins/bigquery/statements.js';
import { readType } from '../../stand-ins/bigquery/types.js';
import type { Analyzer, Names, SqlType } from './analyzer.js';

/** Analyzes the statements of a script one by one; what it declares is known to those that follow. */
export async function analyzeScript(
  analyzer: Analyzer,
  script: string,
  names: Pick<Names, 'tables' | 'parameters'>,
): Promise<number> {
  const variables = new Map<string, SqlType>();
  let count = 0;
  // The parser splits, and so looks at the syntax of what is only control of flow.
  for (const text of await analyzer.split(script)) {
    for (const statement of readScript(text))
      count += await analyzeStatement(analyzer, text, statement, { ...names, variables });
  }
  return count;
}

interface Known extends Names {
  readonly variables: Map<string, SqlType>;
}

async function analyzeStatement(
  analyzer: Analyzer,
  text: string,
  statement: ScriptStatement,
  names: Known,
): Promise<number> {
  if (statement.kind === 'loop') return await analyzeLoop(analyzer, text, statement, names);
  const { tokens } = statement;
  const sql = text.slice(tokens[0]?.start, tokens.at(-1)?.end);
  const name = tokens[1]?.text ?? '';
  switch (keyword(tokens[0])) {
    case 'DECLARE':
      names.variables.set(name.toLowerCase(), readType(tokens, 2).type);
      break;
    case 'SET':
      await analyzer.analyze(`SELECT IF(TRUE, ${name}, (${text.slice(tokens[3]?.start)}))`, names);
      break;
    default:
      await analyzer.analyze(sql, names);
  }
  return 1;
}

async function analyzeLoop(
  analyzer: Analyzer,
  text: string,
  { variable, query, body }: Extract<ScriptStatement, { kind: 'loop' }>,
  names: Known,
): Promise<number> {
  const columns = await analyzer.analyze(text.slice(query[0]?.start, query.at(-1)?.end), names);
  const variables = new Map(names.variables);
  for (const { name, type } of columns) variables.set(`${variable}.${name.toLowerCase()}`, type);
  let count = 1;
  for (const statement of body)
    count += await analyzeStatement(analyzer, text, statement, { ...names, variables });
  return count;
}
