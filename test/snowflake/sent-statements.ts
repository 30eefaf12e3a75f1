import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { snowflakeDialect } from '../../warehouses/snowflake/dialect.js';
import { EVERY_STEP, queries, stepRenderer } from '../unit/warehouses/every-step.js';

/** A statement that heapload sends to Snowflake, and what it is of. */
export interface SentStatement {
  readonly of: string;
  readonly sql: string;
}

const FOLDER = path.resolve(import.meta.dirname, '../golden');

/**
 * Every statement of every golden file for Snowflake: those of plans, of transfers, which a plan shows as comments, and of
 * models and data tests. The files are held equal to what is rendered by the golden tests.
 */
export function goldenStatements(): readonly SentStatement[] {
  return goldenNames().flatMap((name) => {
    const text = readFileSync(path.join(FOLDER, name, 'snowflake.sql'), 'utf8');
    return statementsOf(text).map((sql) => ({ of: name, sql }));
  });
}

/** Each golden scenario has a folder of its name. */
export function goldenNames(): readonly string[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** A statement ends with a semicolon at the end of a line; no constant of ours holds a line break. */
function statementsOf(plan: string): readonly string[] {
  const lines = plan.split('\n');
  const statements: string[] = [];
  let open: string[] | undefined;
  for (const line of lines) {
    const text = line.replace(/^-- /, '');
    const begins = line.startsWith('-- ')
      ? /^(PUT|COPY INTO) /.test(text)
      : text.trim() !== '' && line !== '--';
    if (open === undefined && !begins) continue;
    open = [...(open ?? []), text];
    if (!text.endsWith(';')) continue;
    statements.push(open.join('\n').slice(0, -1));
    open = undefined;
  }
  return statements;
}

/** What a dialect can be asked for beyond the golden plans: each kind of step, names and texts that try to break out. */
export function stepStatements(): readonly SentStatement[] {
  const render = stepRenderer(snowflakeDialect());
  return EVERY_STEP.flatMap(([of, step]) =>
    render(step)
      .flatMap((operation) =>
        operation.kind === 'statement'
          ? [operation]
          : (operation.parts ?? []).flatMap((part) => part.statements),
      )
      .map(({ sql }) => ({ of, sql })),
  );
}

/** The queries that look at the warehouse. */
export function observingQueries(): readonly SentStatement[] {
  return Object.entries(queries(snowflakeDialect())).map(([of, sql]) => ({ of, sql }));
}
