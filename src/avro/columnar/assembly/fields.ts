import { Operation } from '../operations';
import { dataOf, setLong, setValid, validityOf } from './columns';
import { lowBytes, numberLength, readNumber, zigzag } from './numbers';

// A field of a program: its operation, whether it may be null, the bytes that say that it is and that it is not, and the
// column its values go to, with the places of values and validity in it. Zeros: nobody wants it.
const NULLABLE: usize = 1;
const NULL_BYTE: usize = 2;
const VALUE_BYTE: usize = 3;
const DATA: usize = 4;
const VALIDITY: usize = 8;
const COLUMN: usize = 12;
/** Bytes of a field of a program. */
export const FIELD: usize = 16;

/** Bytes of a text or byte string that stand in its entry itself, zeros behind. */
const INLINED: u32 = 12;
const ENTRY: usize = 16;
const MOST_LENGTH_BYTES: u32 = 4;
/** As many milliseconds are as many microseconds in a double, exactly. */
const MOST_MILLIS: i64 = 9_007_199_254_740;
/** Where no field can begin: what is there is no plain value. */
const NOT_PLAIN: usize = 0;

/** Bytes of long texts since {@link resetText}. */
let text: u32 = 0;

export function textBytes(): u32 {
  return text;
}

export function addText(bytes: u32): void {
  text += bytes;
}

export function resetText(): void {
  text = 0;
}

/** Bytes of a program of so many fields. */
export function programBytes(fields: u32): usize {
  return (fields as usize) * FIELD;
}

/** `nullBranch`: the branch that is null, or -1; `column`: 0 when nobody wants the field. */
export function setField(program: usize, field: u32, operation: u8, nullBranch: i32, column: usize): void {
  const at = program + (field as usize) * FIELD;
  store<u8>(at, operation);
  store<u8>(at, nullBranch < 0 ? 0 : 1, NULLABLE);
  store<u8>(at, nullBranch === 0 ? 0 : 2, NULL_BYTE);
  store<u8>(at, nullBranch === 0 ? 2 : 0, VALUE_BYTE);
  memory.fill(at + DATA, 0, FIELD - DATA);
  if (column === 0) return;
  store<usize>(at, dataOf(column), DATA);
  store<usize>(at, validityOf(column), VALIDITY);
  store<usize>(at, column, COLUMN);
}

/**
 * Reads the field at `at`, stores what is there and gives where the next one begins; {@link NOT_PLAIN}: nothing is
 * stored, and whoever asks has to leave it to the readers of values. Bytes that are no text and above 0x7f become zeros.
 */
export function readField(field: usize, at: usize, end: usize, row: u32): usize {
  let value = at;
  if (load<u8>(field, NULLABLE)) {
    const branch = load<u8>(at);
    if (branch === load<u8>(field, NULL_BYTE)) return at + 1;
    if (branch !== load<u8>(field, VALUE_BYTE)) return NOT_PLAIN;
    value += 1;
  }
  const operation = load<u8>(field) as i32;
  // Most fields are texts.
  const next =
    operation === Operation.text
      ? readText(field, value, end, row)
      : readFixed(operation, field, value, end, row);
  if (next !== NOT_PLAIN && load<usize>(field, DATA)) setValid(load<usize>(field, VALIDITY), row);
  return next;
}

function readFixed(operation: i32, field: usize, at: usize, end: usize, row: u32): usize {
  switch (operation) {
    case Operation.int:
    case Operation.long:
    case Operation.millis:
    case Operation.date:
      return readInteger(operation, field, at, row);
    case Operation.double:
      return readDouble(field, at, end, row);
    case Operation.boolean:
      return readBoolean(field, at, row);
    case Operation.float:
      return readFloat(field, at, end, row);
    case Operation.nothing:
      return at;
    default:
      return NOT_PLAIN;
  }
}

function readText(field: usize, at: usize, end: usize, row: u32): usize {
  const from = textStart(at);
  const size = textSize;
  if (from === NOT_PLAIN || from > end || size > ((end - from) as u32)) return NOT_PLAIN;
  const data = load<usize>(field, DATA);
  if (data) {
    if (size > INLINED) {
      setLong(load<usize>(field, COLUMN), row, from, size);
      text += size;
    } else setShort(data + (row as usize) * ENTRY, from, size);
  }
  return from + size;
}

/** The bytes of the text that {@link textStart} found. */
let textSize: u32 = 0;

/** Where the text at `at` begins, behind its length. */
function textStart(at: usize): usize {
  const doubled = load<u8>(at) as u32;
  if (doubled >= 0x80) return longTextStart(at);
  textSize = doubled >> 1;
  return (doubled & 1) === 0 ? at + 1 : NOT_PLAIN;
}

/** The length has several bytes; more than it needs is not what a writer does. */
function longTextStart(at: usize): usize {
  const doubled = readNumber(at);
  const bytes = numberLength();
  if (bytes < 2 || bytes > MOST_LENGTH_BYTES || doubled >> (7 * (bytes - 1)) === 0) return NOT_PLAIN;
  textSize = (doubled as u32) >> 1;
  return (doubled & 1) === 0 ? at + bytes : NOT_PLAIN;
}

function setShort(entry: usize, from: usize, size: u32): void {
  const first = load<u64>(from);
  if (size <= 4) {
    store<u64>(entry, (size as u64) | ((first & lowBytes(size)) << 32));
    store<u64>(entry, 0, 8);
  } else {
    store<u64>(entry, (size as u64) | (first << 32));
    store<u64>(entry, load<u64>(from, 4) & lowBytes(size - 4), 8);
  }
}

function readInteger(operation: i32, field: usize, at: usize, row: u32): usize {
  const value = zigzag(readNumber(at));
  const bytes = numberLength();
  if (bytes === 0) return NOT_PLAIN;
  const data = load<usize>(field, DATA);
  switch (operation) {
    case Operation.millis:
      if (value > MOST_MILLIS || value < -MOST_MILLIS) return NOT_PLAIN;
      if (data) store<i64>(data + (row << 3), value * 1000);
      break;
    case Operation.date:
      if (value !== (value as i32 as i64)) return NOT_PLAIN;
      if (data) store<i32>(data + (row << 2), value as i32);
      break;
    default:
      if (operation === Operation.int && value !== (value as i32 as i64)) return NOT_PLAIN;
      if (data) store<i64>(data + (row << 3), value);
  }
  return at + bytes;
}

function readDouble(field: usize, at: usize, end: usize, row: u32): usize {
  if (at + 8 > end) return NOT_PLAIN;
  const data = load<usize>(field, DATA);
  if (data) store<u64>(data + (row << 3), load<u64>(at));
  store<u64>(at, 0);
  return at + 8;
}

function readFloat(field: usize, at: usize, end: usize, row: u32): usize {
  if (at + 4 > end) return NOT_PLAIN;
  const data = load<usize>(field, DATA);
  if (data) store<f64>(data + (row << 3), load<f32>(at) as f64);
  store<u32>(at, 0);
  return at + 4;
}

function readBoolean(field: usize, at: usize, row: u32): usize {
  const byte = load<u8>(at);
  if (byte > 1) return NOT_PLAIN;
  const data = load<usize>(field, DATA);
  if (data) store<u8>(data + row, byte);
  return at + 1;
}
