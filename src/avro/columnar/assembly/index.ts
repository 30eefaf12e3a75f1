import { FIELD, readField, textBytes } from './fields';
import { other } from './host';

export {
  clearColumn,
  count,
  dataOf,
  gatherTexts,
  hasNulls,
  longCount,
  makeColumn,
  pointToTexts,
  validityOf,
} from './columns';
export { addText, programBytes, resetText, setField, textBytes } from './fields';
export { allocated, reach } from './memory';

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

function readRow(program: usize, fields: u32, end: usize, row: u32): void {
  let at = position;
  let field = program;
  // Behind the end there is room for one field that runs over it, and no more.
  for (let n: u32 = 0; n < fields && at <= end; n++) {
    const next = readField(field, at, end, row);
    at = next === 0 ? other(n, at, row) : next;
    field += FIELD;
  }
  position = at;
}
