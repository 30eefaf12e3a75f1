import { Operation } from '../operations';
import { ENTRY, setLong, setValid } from './columns';
import { numberLength, readNumber, zigzag } from './numbers';
import { COLUMN, DATA, NULLABLE, NULL_BYTE, VALIDITY, VALUE_BYTE } from './program';

/** Bytes of a text or byte string that stand in its entry itself, zeros behind. */
const INLINED: u32 = 12;
const MOST_LENGTH_BYTES: u32 = 4;
/** As many milliseconds are as many microseconds in a double, exactly. */
const MOST_MILLIS: i64 = 9_007_199_254_740;
/** Where no field can begin: what is there is no plain value. */
export const NOT_PLAIN: usize = 0;

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
  if (data) setText(field, data, row, from, size);
  return from + size;
}

/** Stores a text, or where it stands, in the entry of a row among `data`. */
export function setText(field: usize, data: usize, row: u32, from: usize, size: u32): void {
  const entry = data + (row as usize) * ENTRY;
  if (size > INLINED) {
    setLong(load<usize>(field, COLUMN), entry, row, from, size);
    text += size;
  } else setShort(entry, from, size);
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

/** Without a decision: sixteen bytes are read, those that are too many become zeros, all of the entry is written. */
function setShort(entry: usize, from: usize, size: u32): void {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const bytes = v128.and(v128.load(from), i8x16.lt_s(places, i8x16.splat(size as i8)));
  const nothing = i32x4.splat(0);
  const behind = v128.shuffle<i8>(nothing, bytes, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27);
  v128.store(entry, i32x4.replace_lane(behind, 0, size as i32));
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
