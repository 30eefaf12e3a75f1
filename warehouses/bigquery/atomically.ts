import type { Expectation, ParameterName, Statement } from '../../src/warehouse/contract.js';
import { literal } from './quoting.js';

/**
 * One script with one transaction. A job is a whole script, so the statements go together; what is expected of
 * each becomes an ASSERT behind it. No exception handler: a script that fails or is cancelled before its COMMIT
 * is rolled back by BigQuery, while a handler's ROLLBACK would replace the first error by its own when it is the
 * COMMIT that failed.
 */
export function atomically(statements: readonly Statement[]): readonly Statement[] {
  const declarations = statements.filter((statement) => statement.declares === true);
  const work = statements.filter((statement) => statement.declares !== true);
  const lines = [
    ...declarations.map(({ sql }) => sql),
    'BEGIN TRANSACTION',
    ...work.flatMap(withAssertion),
    'COMMIT TRANSACTION',
  ];
  const parameters = new Set<ParameterName>(statements.flatMap((statement) => statement.parameters));
  return [{ kind: 'statement', sql: lines.join(';\n\n'), parameters: [...parameters] }];
}

function withAssertion(statement: Statement): readonly string[] {
  const { sql, expect, forEach } = statement;
  if (forEach !== undefined) return [`FOR _heapload_part IN (\n${forEach}\n) DO\n${sql};\nEND FOR`];
  if (expect === undefined) return [sql];
  const description = literal(`${expect.otherwise}: ${expect.message}`);
  if (expect.count === 'changed') return [sql, `ASSERT @@row_count = ${expect.rows} AS ${description}`];
  return [`ASSERT ${returnedRows(sql, expect)} AS ${description}`];
}

function returnedRows(sql: string, expect: Expectation): string {
  return expect.rows === 0
    ? `NOT EXISTS (\n${sql}\n)`
    : `(SELECT count(*) FROM (\n${sql}\n)) = ${expect.rows}`;
}
