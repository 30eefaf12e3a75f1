import { SnowflakeError, syntaxError } from '../errors.js';
import type { StandInSession } from '../sessions.js';
import type { Bind } from '../sql/literals.js';
import { type QualifiedName, quoteEngineName, readName, showName } from '../sql/names.js';
import type { Surroundings } from '../sql/rewrite.js';
import type { Token } from '../sql/tokens.js';
import type { Objects } from '../objects.js';
import type { Privileges } from '../privileges.js';
import type { Stages } from '../stages.js';
import type { Warehouses } from '../warehouses.js';

/** A statement under way. */
export interface Work {
  readonly session: StandInSession;
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly binds: Readonly<Record<string, Bind>>;
  /** Microseconds since 1970. */
  readonly now: bigint;
  readonly stages: Stages;
  readonly signal: AbortSignal;
  readonly hasDatabase: (name: string) => boolean;
  readonly objects: Objects;
  readonly warehouses: Warehouses;
  readonly privileges: Privileges;
  /** Those with a statement that runs. */
  readonly sessionsAtWork: readonly StandInSession[];
}

/** A table, schema or stage with the names of all that it is in. */
export interface Place {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
}

export function surroundings({ sql, binds, now, session }: Work): Surroundings {
  return { sql, binds, now, session: session.facts };
}

/** The words from `at` on, in order; otherwise a syntax error there. Gives the place after them. */
export function expectWords(work: Work, at: number, ...words: readonly string[]): number {
  words.forEach((word, offset) => {
    const token = work.tokens[at + offset];
    if (token?.text !== word || token.kind === 'string' || token.kind === 'quoted')
      throw unexpectedAt(work, at + offset);
  });
  return at + words.length;
}

/** Whether these words stand at `at`. */
export function hasWords({ tokens }: Pick<Work, 'tokens'>, at: number, ...words: readonly string[]): boolean {
  return words.every((word, offset) => {
    const token = tokens[at + offset];
    return token?.text === word && token.kind !== 'string' && token.kind !== 'quoted';
  });
}

/** The place after these words when they stand at `at`, else `at`. */
export function skipWords(work: Pick<Work, 'tokens'>, at: number, ...words: readonly string[]): number {
  return hasWords(work, at, ...words) ? at + words.length : at;
}

export function unexpectedAt({ sql, tokens }: Pick<Work, 'sql' | 'tokens'>, at: number): SnowflakeError {
  const token = tokens[at];
  return syntaxError(
    sql,
    token?.start ?? sql.length,
    token === undefined ? '<EOF>' : sql.slice(token.start, token.end),
  );
}

/** Nothing may stand at `at`. */
export function expectEnd(work: Work, at: number): void {
  if (at < work.tokens.length) throw unexpectedAt(work, at);
}

export function nameAt(work: Work, at: number): QualifiedName {
  const name = readName(work.tokens, at);
  if (name === undefined) throw unexpectedAt(work, at);
  return name;
}

/** Completes a name of a table or a stage with where the session is. */
export function placeOf(work: Work, parts: readonly string[], doing = 'SELECT'): Place {
  const [name = '', schema = work.session.schema, database = work.session.database] = [...parts].reverse();
  if (database === undefined) {
    const message = `Cannot perform ${doing}. This session does not have a current database. Call 'USE DATABASE', or use a qualified name.`;
    throw new SnowflakeError('090105', '22000', message);
  }
  if (schema === undefined) {
    const message = `Cannot perform ${doing}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.`;
    throw new SnowflakeError('090106', '22000', message);
  }
  return { database, schema, name };
}

/** In the engine's SQL. */
export function engineTable({ database, schema, name }: Place): string {
  return [database, schema, name].map(quoteEngineName).join('.');
}

/** Of locks and load histories. */
export function placeKey({ database, schema, name }: Place): string {
  return showName([database, schema, name]);
}

/** Whether the schema is there. */
export function schemaExists({ objects }: Work, database: string, schema: string): boolean {
  return objects.hasSchema(database, schema);
}

export function tableExists({ objects }: Work, place: Place): boolean {
  return objects.hasTable(placeKey(place));
}

/** Throws unless the role may make something of that kind in the schema. */
export function mayIn({ privileges, session }: Work, privilege: string, { database, schema }: Place): void {
  privileges.require(session.role, 'USAGE', 'schema', [database, schema]);
  privileges.require(session.role, privilege, 'schema', [database, schema]);
}

/** Throws unless the role may do that with it. */
export function mayOn(
  { privileges, session }: Work,
  privilege: string,
  kind: 'table' | 'view' | 'stage',
  { database, schema, name }: Place,
): void {
  privileges.require(session.role, 'USAGE', 'schema', [database, schema]);
  privileges.require(session.role, privilege, kind, [database, schema, name]);
}

/** What is made belongs to the role that makes it. */
export function own({ privileges, session }: Work, { database, schema, name }: Place): void {
  privileges.grant({ role: session.role ?? '', privilege: 'OWNERSHIP', on: [database, schema, name] });
}
