import { Operation } from '../operations';
import { setValid } from './columns';
import { NOT_PLAIN, readField, setText, textBytes } from './fields';
import { other } from './host';
import { DATA, FIELD, NULL_BYTE, VALIDITY, VALUE_BYTE, programBytes } from './program';

/** The first two bytes of a field that is a text and may be null. */
const NULLABLE_TEXT: u16 = (Operation.text as u16) | 0x0100;
/** Bits of the first byte of a length: there are more; it is negative. */
const LONG_OR_NEGATIVE: u32 = 0x81;

let position: usize = 0;

/** Where the row begins that {@link readRows} would read next. */
export function rowPosition(): usize {
  return position;
}

/**
 * Reads rows from `at` on into the batch, from its row `row` on: `most` of them, fewer when the texts of the batch have
 * become `mostText` bytes. Gives their number. A row that is damaged may end behind `end`: then it is not counted, and
 * {@link rowPosition} lies behind `end` too.
 */
export function readRows(
  program: usize,
  fields: u32,
  at: usize,
  end: usize,
  row: u32,
  most: u32,
  mostText: u32,
): u32 {
  let read: u32 = 0;
  position = at;
  while (read < most && textBytes() < mostText) {
    readRow(program, fields, end, row + read);
    if (position > end) break;
    read++;
  }
  return read;
}

/**
 * Most fields are texts of fewer than 64 bytes that may be null, so those are read here, in a loop that is small enough to
 * stay in the registers of the machine; all others are left to {@link readField}.
 */
function readRow(program: usize, fields: u32, end: usize, row: u32): void {
  const last = program + programBytes(fields);
  let at = position;
  // Behind the end there is room for one field that runs over it, and no more.
  for (let field = program; field < last && at <= end; field += FIELD) {
    if (load<u16>(field) === NULLABLE_TEXT) {
      const branch = load<u8>(at);
      if (branch === load<u8>(field, NULL_BYTE)) {
        at++;
        continue;
      }
      const doubled = load<u8>(at, 1) as u32;
      const size = doubled >> 1;
      const from = at + 2;
      if (
        branch === load<u8>(field, VALUE_BYTE) &&
        (doubled & LONG_OR_NEGATIVE) === 0 &&
        from + size <= end
      ) {
        const data = load<usize>(field, DATA);
        if (data) {
          setText(field, data, row, from, size);
          setValid(load<usize>(field, VALIDITY), row);
        }
        at = from + size;
        continue;
      }
    }
    const next = readField(field, at, end, row);
    at = next === NOT_PLAIN ? other(((field - program) / FIELD) as u32, at, row) : next;
  }
  position = at;
}
