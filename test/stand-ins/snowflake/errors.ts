/** An error as Snowflake answers it: a number, an SQLSTATE, and for statements a place in their text. */
export class SnowflakeError extends Error {
  readonly code: string;
  readonly sqlState: string;
  /** Line from 1 and character from 0. */
  readonly place: { readonly line: number; readonly pos: number } | undefined;

  constructor(
    code: string,
    sqlState: string,
    message: string,
    place?: { readonly line: number; readonly pos: number },
  ) {
    super(message);
    this.code = code;
    this.sqlState = sqlState;
    this.place = place;
  }
}

/** The place of an offset in a text. */
export function placeOf(sql: string, offset: number): { readonly line: number; readonly pos: number } {
  const before = sql.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length, pos: lines.at(-1)?.length ?? 0 };
}

export function syntaxError(sql: string, offset: number, unexpected: string): SnowflakeError {
  const place = placeOf(sql, offset);
  const message = `SQL compilation error:\nsyntax error line ${place.line} at position ${place.pos} unexpected '${unexpected}'.`;
  return new SnowflakeError('001003', '42000', message, place);
}

/** For what Snowflake knows and this server does not. */
export function unsupported(what: string): SnowflakeError {
  return new SnowflakeError(
    '002041',
    '0A000',
    `SQL compilation error:\nUnsupported by the stand-in: ${what}.`,
  );
}

/** What is named in a statement and is not there, or may not be seen; `Object` in USE. */
export function missingObject(kind: string, name: string): SnowflakeError {
  if (kind === 'Object') {
    const message = 'SQL compilation error:\nObject does not exist, or operation cannot be performed.';
    return new SnowflakeError('002043', '02000', message);
  }
  const message = `SQL compilation error:\n${kind} '${name}' does not exist or not authorized.`;
  return new SnowflakeError('002003', kind === 'Table' ? '42S02' : '02000', message);
}

/** What the engine says, as Snowflake would say it. */
export function engineError(error: unknown, sql: string): SnowflakeError {
  if (error instanceof SnowflakeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const first = text.split('\n', 1)[0] ?? '';
  const column = /Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"/.exec(text);
  const table =
    /(?:Table|View) with name "?([^"\s]+?)"? does not exist|schema "?([^"\s]+?)"? does not exist/i.exec(text);
  const exists = /with name "?([^"]+?)"? already exists/.exec(text);
  if (first.includes('INTERRUPT')) return new SnowflakeError('000604', '57014', 'SQL execution canceled');
  if (column !== null) return invalidIdentifier(sql, column[1] ?? column[2] ?? '');
  if (table !== null) return objectMissing(table[1] ?? table[2] ?? '');
  if (exists !== null) {
    return new SnowflakeError(
      '002002',
      '42710',
      `SQL compilation error:\nObject '${exists[1] ?? ''}' already exists.`,
    );
  }
  if (first.startsWith('Conversion Error')) {
    return new SnowflakeError('100038', '22018', `Value is not recognized: ${first.slice(18)}`);
  }
  if (first.startsWith('Out of Range Error')) {
    return new SnowflakeError('100132', '22003', `Number out of representable range: ${first.slice(20)}`);
  }
  if (first.startsWith('Parser Error')) {
    const unexpected = /at or near "([^"]*)"/.exec(first)?.[1] ?? '<EOF>';
    return syntaxError(sql, Math.max(sql.toUpperCase().indexOf(unexpected.toUpperCase()), 0), unexpected);
  }
  if (first.startsWith('Binder Error')) {
    return new SnowflakeError('001007', '22023', `SQL compilation error:\n${first.slice(14)}`);
  }
  return new SnowflakeError('000603', 'XX000', `SQL execution internal error:\n${text}`);
}

/** A column that is not there. */
export function invalidIdentifier(sql: string, name: string): SnowflakeError {
  const place = placeOf(sql, Math.max(sql.indexOf(name), 0));
  const message = `SQL compilation error: error line ${place.line} at position ${place.pos}\ninvalid identifier '"${name}"'`;
  return new SnowflakeError('000904', '42000', message, place);
}

function objectMissing(name: string): SnowflakeError {
  const message = `SQL compilation error:\nObject '${name}' does not exist or not authorized.`;
  return new SnowflakeError('002003', '42S02', message);
}
