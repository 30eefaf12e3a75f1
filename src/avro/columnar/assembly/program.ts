import { dataOf, validityOf } from './columns';

// A field of a program: its operation, whether it may be null, the bytes that say that it is and that it is not, and the
// column its values go to, with the places of values and validity in it. Zeros: nobody wants it.
export const NULLABLE: usize = 1;
export const NULL_BYTE: usize = 2;
export const VALUE_BYTE: usize = 3;
export const DATA: usize = 4;
export const VALIDITY: usize = 8;
export const COLUMN: usize = 12;
/** Bytes of a field of a program. */
export const FIELD: usize = 16;

/** Bytes of a program of so many fields. */
export function programBytes(fields: u32): usize {
  return (fields as usize) * FIELD;
}

/** `nullBranch`: the branch that is null, or -1; `column`: 0 when nobody wants the field. */
export function setField(program: usize, field: u32, operation: u8, nullBranch: i32, column: usize): void {
  const at = program + programBytes(field);
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
