import { SnowflakeError, invalidIdentifier, syntaxError, unsupported } from '../errors.js';
import { stringConstant } from '../sql/literals.js';
import { quoteEngineName, showName } from '../sql/names.js';
import { closing, splitAtCommas } from '../sql/rewrite.js';
import type { Token } from '../sql/tokens.js';
import { readType } from '../sql/types.js';
import { type Place, type Work, engineTable, hasWords, unexpectedAt } from './context.js';

/** A column as CREATE and ALTER TABLE define it. */
export interface ReadColumn {
  readonly name: string;
  /** In the engine's SQL, which has no comments there. */
  readonly written: string;
  readonly comment: string | undefined;
}

/** The columns of a table in parentheses; what is made from a query has none. */
export function tableColumns(
  work: Work,
  at: number,
): { readonly columns: readonly ReadColumn[] | undefined; readonly end: number } {
  const end = closing(work.tokens, at);
  if (end < 0) return { columns: undefined, end: at };
  const columns = splitAtCommas(work.tokens.slice(at + 1, end)).map((column) => readColumn(work, column));
  return { columns, end: end + 1 };
}

export function readColumn(work: Work, tokens: readonly Token[]): ReadColumn {
  const [name] = tokens;
  if (name?.kind !== 'word' && name?.kind !== 'quoted')
    throw syntaxError(work.sql, name?.start ?? work.sql.length, ',');
  const type = readType(work.sql, tokens, 1);
  const more = tokens[type.next];
  const written = `${quoteEngineName(name.text)} ${type.engine}`;
  if (more === undefined) return { name: name.text, written, comment: undefined };
  const text = tokens[type.next + 1];
  if (more.text !== 'COMMENT' || more.kind !== 'word') throw unsupported(`${more.text} of a column`);
  if (text?.kind !== 'string' || tokens.length > type.next + 2)
    throw syntaxError(work.sql, text?.start ?? more.end, text?.text ?? '<EOF>');
  return { name: name.text, written, comment: text.text };
}

export async function keepComment(work: Work, place: Place, { name, comment }: ReadColumn): Promise<void> {
  if (comment === undefined) return;
  const column = `${engineTable(place)}.${quoteEngineName(name)}`;
  await work.session.connection.run(`COMMENT ON COLUMN ${column} IS ${stringConstant(comment)}`);
}

interface TableOptions {
  /** The place of the query, or the end. */
  readonly next: number;
  readonly clusterBy: readonly string[];
}

/** What may stand behind the columns. */
export function tableOptions(work: Work, at: number): TableOptions {
  let next = at;
  let clusterBy: readonly string[] = [];
  while (next < work.tokens.length && !hasWords(work, next, 'AS')) {
    if (hasWords(work, next, 'CLUSTER', 'BY')) {
      const end = closing(work.tokens, next + 2);
      if (end < 0) throw unexpectedAt(work, next + 2);
      clusterBy = splitAtCommas(work.tokens.slice(next + 3, end)).map(([name, more]) => {
        if (name === undefined) throw unexpectedAt(work, end);
        if (more !== undefined) throw unsupported('clustering but by columns');
        return name.text;
      });
      next = end + 1;
    } else if (hasWords(work, next, 'COPY', 'GRANTS')) {
      next += 2;
    } else if (hasWords(work, next, 'DATA_RETENTION_TIME_IN_DAYS', '=')) {
      if (work.tokens[next + 2]?.kind !== 'number') throw unexpectedAt(work, next + 2);
      next += 3;
    } else if (hasWords(work, next, 'COMMENT', '=')) {
      if (work.tokens[next + 2]?.kind !== 'string') throw unexpectedAt(work, next + 2);
      next += 3;
    } else {
      throw unexpectedAt(work, next);
    }
  }
  return { next, clusterBy };
}

/** The engine has neither; its comment on the table keeps them for the catalog: `transient` or nothing, `|`, the key. */
export async function keepTraits(
  work: Work,
  place: Place,
  transient: boolean,
  clusterBy: readonly string[],
): Promise<void> {
  if (!transient && clusterBy.length === 0) return;
  const key = clusterBy.length === 0 ? '' : `LINEAR(${clusterBy.map((name) => showName([name])).join(', ')})`;
  const traits = stringConstant(`${transient ? 'transient' : ''}|${key}`);
  await work.session.connection.run(`COMMENT ON TABLE ${engineTable(place)} IS ${traits}`);
}

/** Before anything is made. */
export function checkClustering(
  work: Work,
  clusterBy: readonly string[],
  columns: readonly ReadColumn[],
): void {
  for (const name of clusterBy) {
    const column = columns.find((each) => each.name === name);
    if (column === undefined) throw invalidIdentifier(work.sql, name);
    if (column.written.endsWith(' JSON'))
      throw new SnowflakeError('000002', '0A000', `Unsupported type 'VARIANT' for clustering keys`);
  }
}
