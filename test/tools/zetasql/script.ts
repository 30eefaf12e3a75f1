import { keyword, tokenize } from '../../stand-ins/bigquery/lexer.js';
import { readType } from '../../stand-ins/bigquery/types.js';
import type { Analyzer, Names, SqlType } from './analyzer.js';

/** Analyzes the statements of a script one by one; what it declares is known to those that follow. */
export async function analyzeScript(
  analyzer: Analyzer,
  script: string,
  names: Pick<Names, 'tables' | 'parameters'>,
): Promise<number> {
  const variables = new Map<string, SqlType>();
  const statements = await analyzer.split(script);
  for (const sql of statements) {
    const tokens = tokenize(sql);
    const verb = keyword(tokens[0]);
    const name = tokens[1]?.text ?? '';
    if (verb === 'DECLARE') variables.set(name.toLowerCase(), readType(tokens, 2).type);
    else if (verb === 'SET') {
      const value = sql.slice(tokens[3]?.start);
      await analyzer.analyze(`SELECT IF(TRUE, ${name}, (${value}))`, { ...names, variables });
    } else await analyzer.analyze(sql, { ...names, variables });
  }
  return statements.length;
}
