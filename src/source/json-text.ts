/** JSON as it was written: integers of up to 20 characters are bigint, every other number is a JS number. */
export type JsonValue = null | boolean | string | bigint | number | readonly JsonValue[] | JsonObject;
/** Without a prototype: `__proto__` is a key like any other. */
export type JsonObject = Readonly<{ [key: string]: JsonValue }>;

/** Text that is not JSON; `line` and `column` count from 1. */
export class JsonSyntaxError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, text: string, offset: number) {
    super(message);
    const before = text.slice(0, offset);
    this.line = before.split('\n').length;
    this.column = offset - before.lastIndexOf('\n');
  }
}

const MAX_DEPTH = 200;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const LITERALS: Readonly<Record<string, true | false | null>> = { true: true, false: false, null: null };

/**
 * Reads JSON without rounding integers, which `JSON.parse` cannot do on every Node this runs on, and with the place
 * of a mistake. Stricter in one point: a key that stands twice in one object is an error. Throws
 * {@link JsonSyntaxError}.
 */
export function parseJsonText(text: string): JsonValue {
  const reader: Reader = { text, at: 0 };
  const value = readValue(reader, 0);
  skipSpace(reader);
  if (reader.at < text.length) throw fail(reader, 'the end of the text', reader.at);
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
}

function fail(reader: Reader, expected: string, offset: number): JsonSyntaxError {
  const found = reader.text.codePointAt(offset);
  const seen =
    found === undefined ? 'the text ends here' : `found ${JSON.stringify(String.fromCodePoint(found))}`;
  return new JsonSyntaxError(`expected ${expected}, ${seen}`, reader.text, offset);
}

function skipSpace(reader: Reader): void {
  SPACE.lastIndex = reader.at;
  SPACE.test(reader.text);
  reader.at = SPACE.lastIndex;
}

function readValue(reader: Reader, depth: number): JsonValue {
  skipSpace(reader);
  const first = reader.text[reader.at];
  if (depth > MAX_DEPTH) throw fail(reader, `at most ${MAX_DEPTH} levels of nesting`, reader.at);
  if (first === '{') return readObject(reader, depth);
  if (first === '[') return readArray(reader, depth);
  if (first === '"') return readString(reader);
  if (first !== undefined && /[-0-9]/.test(first)) return readNumber(reader);
  for (const [word, value] of Object.entries(LITERALS)) {
    if (!reader.text.startsWith(word, reader.at)) continue;
    reader.at += word.length;
    return value;
  }
  throw fail(reader, 'a value', reader.at);
}

function readArray(reader: Reader, depth: number): JsonValue[] {
  const items: JsonValue[] = [];
  reader.at += 1;
  if (takes(reader, ']')) return items;
  for (;;) {
    items.push(readValue(reader, depth + 1));
    if (takes(reader, ']')) return items;
    if (!takes(reader, ',')) throw fail(reader, "',' or ']'", reader.at);
  }
}

function readObject(reader: Reader, depth: number): JsonObject {
  const members = Object.create(null) as Record<string, JsonValue>;
  reader.at += 1;
  if (takes(reader, '}')) return members;
  for (;;) {
    skipSpace(reader);
    const keyAt = reader.at;
    if (reader.text[keyAt] !== '"') throw fail(reader, 'a key in double quotes', keyAt);
    const key = readString(reader);
    if (key in members)
      throw new JsonSyntaxError(`key ${JSON.stringify(key)} stands here twice`, reader.text, keyAt);
    if (!takes(reader, ':')) throw fail(reader, "':'", reader.at);
    members[key] = readValue(reader, depth + 1);
    if (takes(reader, '}')) return members;
    if (!takes(reader, ',')) throw fail(reader, "',' or '}'", reader.at);
  }
}

function takes(reader: Reader, mark: string): boolean {
  skipSpace(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at += 1;
  return true;
}

function readNumber(reader: Reader): bigint | number {
  NUMBER.lastIndex = reader.at;
  const match = NUMBER.exec(reader.text);
  if (match === null) throw fail(reader, 'a digit', reader.at + 1);
  const [literal, fraction, exponent] = match;
  reader.at += literal.length;
  if (fraction !== undefined || exponent !== undefined || literal.length > 20) return Number(literal);
  return BigInt(literal);
}

function readString(reader: Reader): string {
  const start = reader.at;
  let end = start + 1;
  for (; reader.text[end] !== '"'; end += 1) {
    const code = reader.text.charCodeAt(end);
    if (Number.isNaN(code)) throw fail(reader, "a closing '\"'", reader.text.length);
    if (code < 0x20) throw fail(reader, 'an escaped control character', end);
    if (code === 0x5c) {
      const escape = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(reader.text.slice(end + 1, end + 6));
      if (escape === null) throw fail(reader, 'an escape such as \\n or \\u0041', end + 1);
      end += escape[0].length;
    }
  }
  reader.at = end + 1;
  return JSON.parse(reader.text.slice(start, end + 1)) as string;
}
