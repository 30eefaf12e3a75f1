import { unsupported } from '../errors.js';
import { atTop, closing, splitAtCommas } from '../sql/rewrite.js';
import type { Token } from '../sql/tokens.js';
import { type Work, expectWords, hasWords, nameAt, unexpectedAt } from './context.js';

/** A COPY INTO as it is written. */
export interface CopyStatement {
  readonly into: readonly string[];
  readonly columns: readonly string[] | undefined;
  /** What the SELECT gives for each row. */
  readonly items: readonly Token[];
  /** With its `@`. */
  readonly location: string;
  readonly files: readonly string[] | undefined;
  readonly force: boolean;
}

/** At most so many names can stand in FILES. */
const MOST_FILES = 1000;

export function readCopy(work: Work): CopyStatement {
  const { parts, next } = nameAt(work, expectWords(work, 0, 'COPY', 'INTO'));
  const columnsEnd = closing(work.tokens, next);
  const columns = columnsEnd < 0 ? undefined : readColumns(work, next, columnsEnd);
  const open = expectWords(work, columnsEnd < 0 ? next : columnsEnd + 1, 'FROM');
  const close = closing(work.tokens, open);
  if (close < 0) throw unsupported('COPY but from a SELECT');
  const inner = work.tokens.slice(open + 1, close);
  if (!hasWords({ tokens: inner }, 0, 'SELECT')) throw unexpectedAt(work, open + 1);
  const from = atTop(inner, 0, 'FROM');
  const location = inner[from + 1];
  if (location?.kind !== 'stage' && location?.kind !== 'string') throw unexpectedAt(work, open + 2 + from);
  if (inner.length > from + 2) throw unsupported('more than the location behind FROM');
  const options = readOptions(work, close + 1);
  return {
    into: parts,
    columns,
    items: inner.slice(1, from),
    location: location.text,
    ...options,
  };
}

function readColumns(work: Work, open: number, close: number): readonly string[] {
  return splitAtCommas(work.tokens.slice(open + 1, close)).map(([name, more]) => {
    if (more !== undefined || (name?.kind !== 'quoted' && name?.kind !== 'word'))
      throw unexpectedAt(work, open);
    return name.text;
  });
}

function readOptions(work: Work, at: number): Pick<CopyStatement, 'files' | 'force'> {
  let files: readonly string[] | undefined;
  let force = false;
  let isAvro = false;
  let next = at;
  while (next < work.tokens.length) {
    const name = work.tokens[next]?.text;
    expectWords(work, next + 1, '=');
    const value = work.tokens[next + 2];
    const end = closing(work.tokens, next + 2);
    const group = end < 0 ? [] : work.tokens.slice(next + 3, end);
    if (name === 'FILES' && end > 0) files = readFiles(work, group);
    else if (name === 'FILE_FORMAT' && end > 0) isAvro = readFormat(group);
    else if (name === 'FORCE' && value !== undefined) force = value.text === 'TRUE';
    else if (name !== 'ON_ERROR' || value?.text !== 'ABORT_STATEMENT')
      throw unsupported(`${name ?? ''} = ${value?.text ?? ''} of COPY`);
    next = end < 0 ? next + 3 : end + 1;
  }
  if (!isAvro) throw unsupported('COPY of anything but FILE_FORMAT = (TYPE = AVRO)');
  return { files, force };
}

function readFiles(work: Work, group: readonly Token[]): readonly string[] {
  const files = splitAtCommas(group).map(([name, more]) => {
    if (name?.kind !== 'string' || more !== undefined) throw unexpectedAt(work, 0);
    return name.text;
  });
  if (files.length > MOST_FILES) throw unsupported(`more than ${MOST_FILES} names in FILES, as in Snowflake`);
  return files;
}

/** Whether it is Avro. NULL_IF must be empty: else texts that mean NULL would have to be known. */
function readFormat(group: readonly Token[]): boolean {
  const text = group.map((token) => token.text).join(' ');
  const known = /^TYPE = AVRO(?: ,? ?(?:NULL_IF = \( \)|COMPRESSION = AUTO|TRIM_SPACE = FALSE))*$/;
  if (!known.test(text)) throw unsupported(`the file format ${text}`);
  return true;
}
