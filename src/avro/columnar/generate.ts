import { compileFunction } from 'node:vm';
import type { ColumnBuffer } from './column-buffer.js';
import type { NumberReader } from './numbers.js';
import { type Field, OP } from './program.js';
import type { TextWriter } from './texts.js';

/**
 * Moves the cursor over some fields of one row and gives where it stands then; what is wanted goes to `row` of the
 * columns. Bytes that are no text and above 0x7f become zeros. It may run past `end` when the row is damaged.
 */
export type Part = (window: Uint8Array, view: DataView, at: number, end: number, row: number) => number;

/** What the generated code calls. */
export interface Runtime {
  readonly numbers: NumberReader;
  readonly texts: TextWriter;
  /** Reads a value that is no plain one of its type; gives where the next field begins. */
  readonly other: (field: number, at: number, row: number) => number;
  /** The same for a value that nobody wants. */
  readonly pass: (field: number, at: number) => number;
}

/** V8 does not optimise functions that are too long, and interpreted the loop is ten times slower. */
const FIELDS_PER_PART = 16;
/** Bytes of numbers that need no further look: an int, and a long whose microseconds are one too. */
const INT_BYTES = 4;
const MILLIS_BYTES = 7;
const LONG_BYTES = 8;

/**
 * Makes functions that together read a record, in order: code of its own for each field, so that nothing is decided
 * anew for each value. Only numbers get into the code, no names. `targets`: the columns of the fields; undefined: the
 * field is read over.
 */
export function generate(
  fields: readonly Field[],
  targets: readonly (ColumnBuffer | undefined)[],
  runtime: Runtime,
): readonly Part[] {
  const parts: Part[] = [];
  for (let first = 0; first < fields.length; first += FIELDS_PER_PART)
    parts.push(generatePart(fields.slice(first, first + FIELDS_PER_PART), first, targets, runtime));
  return parts;
}

/** `first`: the place in the record of the first of the fields. */
function generatePart(
  fields: readonly Field[],
  first: number,
  targets: readonly (ColumnBuffer | undefined)[],
  runtime: Runtime,
): Part {
  const given = new Map<string, unknown>(Object.entries(runtime));
  const body = fields.map((field, n) => {
    const place = first + n;
    const column = targets[place];
    if (column !== undefined) {
      given.set(`c${place}`, column);
      given.set(`w${place}`, column.words);
      given.set(`v${place}`, column.validity);
    }
    return fieldCode(field, place, column !== undefined);
  });
  const code = `return (window, view, at, end, row) => {
const byte = row >> 3, bit = 1 << (row & 7);
let first = 0, size = 0, next = 0;
${body.join('\n')}
return at;
}`;
  const make = compileFunction(code, [...given.keys()]) as (...values: readonly unknown[]) => Part;
  return make(...given.values());
}

/** Code of one field; `at` is where it begins, and afterwards where the next one does. */
function fieldCode({ op, nullBranch }: Field, field: number, isStored: boolean): string {
  const otherwise = isStored ? `at = other(${field}, at, row);` : `at = pass(${field}, at);`;
  if (op === OP.other) return otherwise;
  const code = valueCode(op, field, isStored, nullBranch < 0 ? 0 : 1, otherwise);
  if (nullBranch < 0) return `{ ${code} }`;
  const [nullByte, valueByte] = nullBranch === 0 ? [0, 2] : [2, 0];
  return `first = window[at];
if (first === ${nullByte}) at += 1;
else if (first !== ${valueByte}) ${otherwise}
else { ${code} }`;
}

/** Code of a value that begins `skip` bytes behind `at`. */
function valueCode(op: number, field: number, isStored: boolean, skip: number, otherwise: string): string {
  const there = isStored ? `v${field}[byte] |= bit;` : '';
  switch (op) {
    case OP.text:
    case OP.bytes: {
      const put = isStored ? `texts.put(c${field}, window, view, next, size, row);` : '';
      const blank = op === OP.bytes ? 'window.fill(0, next, next + size);' : '';
      return `size = window[at + ${skip}]; next = at + ${skip + 1};
if (size >= 128) { size = numbers.length(window, next - 1); next += size < 16384 ? 1 : 2; }
if ((size & 1) !== 0 || (size >> 1) > end - next) ${otherwise}
else { size >>= 1; ${put} ${blank} ${there} at = next + size; }`;
    }
    case OP.long:
    case OP.int:
    case OP.date:
    case OP.millis:
      return isStored
        ? `next = numbers.read(window, at + ${skip});
if (next < 0${op === OP.long ? '' : ` || !${FITS[op] ?? ''}`}) ${otherwise}
else { ${storeNumber(op, field)} ${there} at = next; }`
        : `next = numbers.pass(window, at + ${skip}, ${MOST_BYTES[op] ?? 0});
if (next < 0) ${otherwise}
else at = next;`;
    case OP.double:
      return `next = at + ${skip};
if (next + 8 > end) ${otherwise}
else { ${isStored ? `w${field}[row * 2] = view.getUint32(next, true); w${field}[row * 2 + 1] = view.getUint32(next + 4, true); ${there}` : ''}
view.setUint32(next, 0); view.setUint32(next + 4, 0); at = next + 8; }`;
    case OP.float:
      return `next = at + ${skip};
if (next + 4 > end) ${otherwise}
else { ${isStored ? `c${field}.doubles[row] = view.getFloat32(next, true); ${there}` : ''} view.setUint32(next, 0); at = next + 4; }`;
    case OP.boolean:
      return `size = window[at + ${skip}];
if (!(size < 2)) ${otherwise}
else { ${isStored ? `c${field}.data[row] = size; ${there}` : ''} at += ${skip + 1}; }`;
    case OP.nothing:
      return `at += ${skip};`;
    default:
      throw new Error(`no code for operation ${op}`);
  }
}

const FITS: Readonly<Record<number, string>> = {
  [OP.int]: 'numbers.isInt',
  [OP.date]: 'numbers.isInt',
  [OP.millis]: 'numbers.toMicros()',
};
const MOST_BYTES: Readonly<Record<number, number>> = {
  [OP.int]: INT_BYTES,
  [OP.date]: INT_BYTES,
  [OP.millis]: MILLIS_BYTES,
  [OP.long]: LONG_BYTES,
};

function storeNumber(op: number, field: number): string {
  if (op === OP.date) return `w${field}[row] = numbers.low;`;
  return `w${field}[row * 2] = numbers.low; w${field}[row * 2 + 1] = numbers.high;`;
}
