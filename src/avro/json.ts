import { type AvroType, type MapType, type RecordType, fewestBytes } from './avro-type.js';
import type { Cursor } from './cursor.js';
import { Malformed } from './problem.js';
import { type Read, branchReader } from './scalars.js';
import { textReader } from './texts.js';

/** Most characters of one value. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/**
 * Names and nulls make text out of no bytes. What goes beyond the first million characters has to stand in some
 * proportion to the bytes there are, so that a few of them cannot keep the reader busy.
 */
const FREE_CHARACTERS = 1024 * 1024;
const CHARACTERS_PER_BYTE = 256;
const PIECES = 1024;

/** How much text a value may still become. */
interface Budget {
  characters: number;
}

/** JSON text in the making. */
class JsonText {
  readonly budget: Budget;
  #pieces: string[] = [];
  readonly #done: string[] = [];

  constructor(budget: Budget) {
    this.budget = budget;
  }

  add(piece: string): void {
    this.budget.characters -= piece.length;
    if (this.budget.characters < 0) throw new Malformed('the value becomes too many characters of JSON');
    this.put(piece);
  }

  /** Adds what the budget was already charged for. */
  put(piece: string): void {
    this.#pieces.push(piece);
    if (this.#pieces.length < PIECES) return;
    // Joined early: millions of small strings take far more memory than their text.
    this.#done.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  finish(): string {
    return this.#done.join('') + this.#pieces.join('');
  }
}

type Write = (cursor: Cursor, out: JsonText) => void;

/** What was compiled for the records of a schema; ends the recursion of those that contain themselves. */
export type JsonRecords = Map<RecordType, Write>;

/**
 * Values as compact JSON: records and maps are objects in file order (the last of equal map keys wins), unions
 * stand without their branch, integers and decimals have all digits, doubles are the shortest that reads back
 * (`"NaN"`, `"Infinity"`, `"-Infinity"`), dates and timestamps ISO 8601 strings, bytes base64 strings.
 */
export function jsonReader(type: AvroType, records: JsonRecords): Read<string> {
  const write = jsonWriter(type, records);
  return (cursor) => {
    const proportionate = FREE_CHARACTERS + CHARACTERS_PER_BYTE * cursor.remaining;
    const out = new JsonText({ characters: Math.min(MAX_CHARACTERS, proportionate) });
    write(cursor, out);
    const text = out.finish();
    cursor.expanded += text.length;
    return text;
  };
}

function jsonWriter(type: AvroType, records: JsonRecords): Write {
  switch (type.kind) {
    case 'null':
      return (_cursor, out) => {
        out.add('null');
      };
    case 'record':
      return recordWriter(type, records);
    case 'array':
      return arrayWriter(type.items, records);
    case 'map':
      return mapWriter(type, records);
    case 'union': {
      const writers = type.branches.map((branch) => jsonWriter(branch, records));
      const choose = branchReader(writers.map((writer) => () => writer));
      return (cursor, out) => {
        choose(cursor)(cursor, out);
      };
    }
    case 'float':
      return (cursor, out) => {
        out.add(jsonNumber(cursor.float()));
      };
    case 'double':
      return (cursor, out) => {
        out.add(jsonNumber(cursor.double()));
      };
    case 'boolean':
    case 'int':
    case 'long':
    case 'bytes':
    case 'fixed':
    case 'string':
    case 'enum':
      return textWriter(type);
  }
}

function textWriter(type: AvroType): Write {
  const read = textReader(type);
  const bare = isBare(type);
  return (cursor, out) => {
    const text = read(cursor);
    out.add(bare ? text : JSON.stringify(text));
  };
}

/** True when the text of a value is a JSON token as it stands. */
function isBare(type: AvroType): boolean {
  if (type.kind === 'boolean') return true;
  if (type.kind === 'int' || type.kind === 'long') return type.logical === undefined;
  return (type.kind === 'bytes' || type.kind === 'fixed') && type.logical !== undefined;
}

function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
}

function recordWriter(type: RecordType, records: JsonRecords): Write {
  const known = records.get(type);
  if (known !== undefined) return known;
  const fields: { readonly label: string; readonly write: Write }[] = [];
  const write: Write = (cursor, out) => {
    out.add('{');
    cursor.nested(() => {
      for (const field of fields) {
        out.add(field.label);
        field.write(cursor, out);
      }
    });
    out.add('}');
  };
  records.set(type, write);
  type.fields.forEach((field, place) => {
    const label = `${place === 0 ? '' : ','}${JSON.stringify(field.name)}:`;
    fields.push({ label, write: jsonWriter(field.type, records) });
  });
  return write;
}

function arrayWriter(items: AvroType, records: JsonRecords): Write {
  const write = jsonWriter(items, records);
  const fewest = fewestBytes(items);
  return (cursor, out) => {
    let separator = '';
    out.add('[');
    cursor.items(fewest, () => {
      out.add(separator);
      separator = ',';
      write(cursor, out);
    });
    out.add(']');
  };
}

function mapWriter(type: MapType, records: JsonRecords): Write {
  const write = jsonWriter(type.values, records);
  const fewest = 1 + fewestBytes(type.values);
  return (cursor, out) => {
    const entries = new Map<string, string>();
    cursor.items(fewest, () => {
      const key = cursor.string();
      const entry = new JsonText(out.budget);
      entry.add(`${JSON.stringify(key)}:`);
      write(cursor, entry);
      entries.set(key, entry.finish());
    });
    out.put(`{${[...entries.values()].join(',')}}`);
  };
}
