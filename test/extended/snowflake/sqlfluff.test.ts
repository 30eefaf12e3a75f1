import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { goldenStatements, stepStatements } from '../../snowflake/sent-statements.js';
import { spoil } from '../../snowflake/spoiled.js';
import { fold } from './fold.js';
import { installSqlfluff, sqlfluffProblems, withinGrammar } from './sqlfluff.js';

let reason: string | undefined;

beforeAll(async () => {
  reason = await installSqlfluff();
  if (reason !== undefined) {
    console.warn(`\n*** SKIPPED: no statement was read by sqlfluff's Snowflake grammar: ${reason} ***\n`);
  }
}, 300_000);
beforeEach((context) => {
  if (reason !== undefined) context.skip(reason);
});

/** To a grammar, statements that differ in names and constants alone are the same. */
function shapeOf(sql: string): string {
  return sql
    .replaceAll(/'(?:[^'\\]|''|\\.)*'/g, "'text'")
    .replaceAll(/"(?:[^"]|"")*"/g, '"NAME"')
    .replaceAll(/\b\d+\b/g, '1');
}

function oneOfEachShape(statements: readonly string[]): readonly string[] {
  return [...new Map(statements.map((sql) => [shapeOf(sql), sql])).values()];
}

describe("sqlfluff's grammar of Snowflake", () => {
  it('reads every statement of every golden plan, model and data test', async () => {
    const statements = oneOfEachShape(goldenStatements().flatMap(({ sql }) => fold(withinGrammar(sql))));
    expect(statements.length).toBeGreaterThan(40);
    const problems = await sqlfluffProblems(statements);
    expect(statements.flatMap((sql, n) => (problems[n] ?? ['no answer']).map((said) => [sql, said]))).toEqual(
      [],
    );
  }, 600_000);

  it('reads new columns, with the condition that it lacks left out', async () => {
    const alters = stepStatements().filter(({ sql }) => sql.startsWith('ALTER TABLE'));
    expect(alters.length).toBeGreaterThan(0);
    expect((await sqlfluffProblems(alters.map(({ sql }) => withinGrammar(sql)))).flat()).toEqual([]);
  });

  it('reads a new table that is clustered', async () => {
    const clustered = stepStatements().filter(({ sql }) => /^CREATE TABLE .*\nCLUSTER BY/s.test(sql));
    expect(clustered.length).toBeGreaterThan(0);
    expect((await sqlfluffProblems(clustered.map(({ sql }) => sql))).flat()).toEqual([]);
  });

  it('finds what is wrong', async () => {
    const wrong = [
      spoil('MERGE INTO', 'THEN UPDATE SET', 'UPDATE SET'),
      spoil('COPY INTO', 'ON_ERROR = ABORT_STATEMENT', 'ON_ERRORS = ABORT_STATEMENT'),
      spoil('COPY INTO', 'FORCE = TRUE', 'FORCE = YES'),
      spoil('CREATE OR REPLACE TRANSIENT TABLE', 'TRANSIENT TABLE', 'TRANSIENT'),
      spoil('ALTER TABLE', 'ADD COLUMN IF NOT EXISTS', 'ADD COLUMN IF NOT EXIST'),
      spoil('DELETE FROM', 'DELETE FROM', 'DELETE'),
      spoil('BEGIN TRANSACTION', 'TRANSACTION', 'TRANSACTIONS'),
      spoil('DROP TABLE', 'IF EXISTS', 'IF EXIST'),
    ];
    const problems = await Promise.all(
      wrong.map(async ({ spoiled }) => (await sqlfluffProblems(fold(withinGrammar(spoiled)))).flat()),
    );
    const missed = wrong
      .filter((_, n) => (problems[n] ?? []).length === 0)
      .map(({ kind, wrong: change }) => `${kind} … ${change}`);
    expect(missed).toEqual([]);
  });
});
