import { Dialect, parse } from '@polyglot-sql/sdk';
import { describe, expect, it } from 'vitest';
import {
  type SentStatement,
  goldenNames,
  goldenStatements,
  observingQueries,
  stepStatements,
} from './sent-statements.js';
import { spoil } from './spoiled.js';

/** What the parser has against it; undefined when nothing. */
function problemOf(sql: string): string | undefined {
  const parsed = parse(sql, Dialect.Snowflake);
  return parsed.success ? undefined : parsed.error;
}

function refused(statements: readonly SentStatement[]): readonly (readonly [string, string])[] {
  return statements.flatMap(({ sql }) => {
    const problem = problemOf(sql);
    return problem === undefined ? [] : [[sql, problem] as const];
  });
}

describe('statements for Snowflake are read by a parser that is not ours', () => {
  const all = [...goldenStatements(), ...stepStatements()];

  it.each(['MERGE INTO', 'COPY INTO', 'INSERT INTO', 'ALTER TABLE', 'CREATE OR REPLACE TRANSIENT', 'COMMIT'])(
    'there are some of %s',
    (kind) => {
      expect(all.filter(({ sql }) => sql.startsWith(kind))).not.toEqual([]);
    },
  );

  it('the golden plans show every PUT with its COPY', () => {
    const count = (word: string): number =>
      goldenStatements().filter(({ sql }) => sql.startsWith(word)).length;
    expect(count('PUT ')).toBeGreaterThan(5);
    expect(count('COPY INTO ')).toBe(count('PUT '));
  });

  it.each(goldenNames())('those of the golden %s', (name) => {
    const statements = goldenStatements().filter(({ of }) => of === name);
    expect(statements.length).toBeGreaterThan(10);
    expect(refused(statements)).toEqual([]);
  });

  it('those of every kind of step, with names and texts that try to break out', () => {
    expect(refused(stepStatements())).toEqual([]);
  });

  it('those that look at the warehouse', () => {
    expect(observingQueries().length).toBeGreaterThan(5);
    expect(refused(observingQueries())).toEqual([]);
  });
});

describe('the parser finds what is wrong', () => {
  it.each([
    spoil('MERGE INTO', 'THEN UPDATE SET', 'UPDATE SET'),
    spoil('MERGE INTO', 'PARTITION BY', 'PARTITION'),
    spoil('COPY INTO', '::NUMBER(38,0)', '::NUMBER(38,0'),
    spoil('COPY INTO', "FILES = ('0000.avro')", "FILES = ('0000.avro'"),
    spoil('CREATE TABLE', '"EMAIL" VARCHAR,', '"EMAIL" VARCHAR,,'),
    spoil('ALTER TABLE', 'ADD COLUMN IF NOT EXISTS', 'ADD COLUMN IF NOT EXIST'),
    spoil('INSERT INTO', 'SELECT', 'SELEC'),
    spoil('INSERT INTO', 'QUALIFY', 'QUALIFY QUALIFY'),
    spoil('CREATE OR REPLACE VIEW', 'AS\nSELECT', 'AS AS\nSELECT'),
    spoil('UPDATE', 'SET', 'SET WHERE'),
    spoil('DROP TABLE', 'IF EXISTS', 'IF EXIST'),
  ])('$kind … $wrong for $right', ({ sound, spoiled }) => {
    expect(problemOf(sound)).toBeUndefined();
    expect(problemOf(spoiled)).toBeDefined();
  });
});
