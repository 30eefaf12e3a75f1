import { allocate, allocateSmall } from './memory';

// A column: where its values are, and where the rows stand whose texts are long; how many those are. Behind that, validity.
const LONG_ROWS: usize = 4;
const LONG_COUNT: usize = 8;
const COLUMN_BYTES: usize = 16;

/** Bytes of an entry of a text or byte string. */
export const ENTRY: usize = 16;
/** Bytes of an entry before its place in memory. */
const PLACE: usize = 8;
const ALL: u64 = 0xffff_ffff_ffff_ffff;
/** Texts up to so many bytes are copied as if they had as many: most have no more, and nothing has to be decided. */
const SHORT_COPY: u32 = 48;
/** Up to so many it is quicker to copy sixteen at a time. */
const LONG_COPY: u32 = 128;

/** Makes a column; `capacity`: most rows, a multiple of 64. */
export function makeColumn(width: u32, capacity: u32): usize {
  const column = allocateSmall(COLUMN_BYTES + (capacity >> 3));
  store<usize>(column, allocate((width as usize) * capacity));
  if ((width as usize) === ENTRY) store<usize>(column, allocate(capacity << 1), LONG_ROWS);
  return column;
}

/** Where the values are. */
export function dataOf(column: usize): usize {
  return load<usize>(column);
}

/** Where the bits are that say which values are there. */
export function validityOf(column: usize): usize {
  return column + COLUMN_BYTES;
}

/** How many values stand outside their entries. */
export function longCount(column: usize): u32 {
  return load<u32>(column, LONG_COUNT);
}

/** All values become NULL. No entry points anywhere any more, not even one that is not looked at. */
export function clearColumn(column: usize, capacity: u32): void {
  memory.fill(validityOf(column), 0, capacity >> 3);
  const count = longCount(column);
  for (let n: u32 = 0; n < count; n++) {
    const entry = longEntry(column, n);
    store<u64>(entry, 0);
    store<u64>(entry, 0, PLACE);
  }
  store<u32>(column, 0, LONG_COUNT);
}

/** Whether the first `rows` values hold a NULL. */
export function hasNulls(column: usize, rows: u32): bool {
  const validity = validityOf(column);
  const whole = rows >> 6;
  for (let n: u32 = 0; n < whole; n++) if (load<u64>(validity + (n << 3)) !== ALL) return true;
  const rest = ((1 as u64) << (rows & 63)) - 1;
  return rest !== 0 && (load<u64>(validity + (whole << 3)) & rest) !== rest;
}

/** The value of a row is there. */
export function setValid(validity: usize, row: u32): void {
  const byte = validity + (row >> 3);
  store<u8>(byte, load<u8>(byte) | (((1 as u32) << (row & 7)) as u8));
}

/** Writes down in the entry of a row that its text, of more than twelve bytes, stands at `place` in this memory. */
export function setLong(column: usize, entry: usize, row: u32, place: usize, size: u32): void {
  store<u64>(entry, (size as u64) | ((load<u32>(place) as u64) << 32));
  store<u64>(entry, place as u64, PLACE);
  const count = longCount(column);
  store<u16>(load<usize>(column, LONG_ROWS) + (count << 1), row as u16);
  store<u32>(column, count + 1, LONG_COUNT);
}

/** Copies the long texts of a column to `to`, one behind another, and up to 35 bytes more; gives their length. */
export function gatherTexts(column: usize, to: usize): u32 {
  const count = longCount(column);
  let at = to;
  for (let n: u32 = 0; n < count; n++) {
    const entry = longEntry(column, n);
    const size = load<u32>(entry);
    const from = load<usize>(entry, PLACE);
    if (size > LONG_COPY) memory.copy(at, from, size);
    else if (size > SHORT_COPY)
      for (let k: u32 = 0; k < size; k += 16) v128.store(at + k, v128.load(from + k));
    else {
      v128.store(at, v128.load(from));
      v128.store(at, v128.load(from, 16), 16);
      v128.store(at, v128.load(from, 32), 32);
    }
    at += size;
  }
  return (at - to) as u32;
}

/** Lets the entries point to the texts as they were gathered, now at the address `high`, `low`. */
export function pointToTexts(column: usize, low: u32, high: u32): void {
  const count = longCount(column);
  let address = ((high as u64) << 32) | (low as u64);
  for (let n: u32 = 0; n < count; n++) {
    const entry = longEntry(column, n);
    store<u64>(entry, address, PLACE);
    address += load<u32>(entry);
  }
}

function longEntry(column: usize, n: u32): usize {
  const row = load<u16>(load<usize>(column, LONG_ROWS) + (n << 1));
  return dataOf(column) + (row as usize) * ENTRY;
}

/** Values `first`, `first + step`, … for the rows from `row` on, of a column of 64-bit integers. */
export function count(column: usize, row: u32, rows: u32, first: f64, step: u32): void {
  const data = dataOf(column);
  const validity = validityOf(column);
  let value = first as i64;
  for (let n = row; n < row + rows; n++) {
    store<i64>(data + (n << 3), value);
    setValid(validity, n);
    value += step;
  }
}
