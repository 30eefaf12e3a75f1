import fc from 'fast-check';
import { expect } from 'vitest';
import { HeaploadError } from '../../../../src/errors.js';
import type { ByteSource } from '../../../../src/avro/types.js';
import type { Value } from '../../../../src/schema/values.js';
import { sameValue } from '../../../support/column-values.js';
import { type Choice, columnarRows } from '../../../support/columnar-rows.js';
import { NESTED, SCALARS, type WrittenType, unionOf } from '../../../support/generate/avro-bytes.js';
import { FILE, inChunks, rowsOf } from '../support.js';

export type Rows = readonly (readonly Value[])[];

/** What reading ended in; messages are what users see, so they are compared as well. */
export type Outcome = Rows | { readonly message: string; readonly offset: number | undefined };

/** Anything but rows or `AVRO_INVALID` fails the test. */
export async function outcomeOf(read: () => Promise<Rows> | Rows): Promise<Outcome> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof HeaploadError)) throw error;
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.place.file).toBe(FILE);
    return { message: error.message, offset: error.place.offset };
  }
}

/** The wanted fields of the wanted rows, by the reader that is the reference; each row begins with its number. */
export async function referenceRows(
  bytes: Uint8Array | ByteSource,
  choice: Omit<Choice, 'file'> = {},
): Promise<Rows> {
  const { wanted = () => true, keep = () => true, first = 0 } = choice;
  const rows = await rowsOf(bytes);
  return rows.flatMap((row, n) =>
    keep(first + n) ? [[BigInt(n), ...row.filter((_, field) => wanted(field))]] : [],
  );
}

/** Reads both ways, and throws where they differ; gives the number of values compared. */
export async function compare(bytes: Uint8Array, choice: Omit<Choice, 'file'> = {}): Promise<number> {
  const expected = await outcomeOf(() => referenceRows(bytes, choice));
  const found = await outcomeOf(async () => {
    const rows: (readonly Value[])[] = [];
    for await (const row of columnarRows(inChunks(bytes), { file: FILE, ...choice })) rows.push(row);
    return rows;
  });
  return sameOutcome(found, expected);
}

export function sameOutcome(found: Outcome, expected: Outcome): number {
  if (!isRows(expected) || !isRows(found)) {
    expect(found).toEqual(expected);
    return 0;
  }
  expect(found.length).toBe(expected.length);
  let values = 0;
  expected.forEach((row, n) => {
    const other = found[n] ?? [];
    const differs = row.findIndex((value, field) => !sameValue(other[field], value));
    // Only what differs is shown: expect() for each value would take most of the time.
    if (differs >= 0 || other.length !== row.length) expect({ n, row: other }).toEqual({ n, row });
    values += row.length - 1;
  });
  return values;
}

export function isRows(outcome: Outcome): outcome is Rows {
  return Array.isArray(outcome);
}

const scalarNames = Object.keys(SCALARS);
const nestedNames = Object.keys(NESTED);

interface Shape {
  readonly kinds: readonly string[];
  /** Undefined: no union. */
  readonly nullAt: number | undefined;
}

const plain = fc.record({
  kinds: fc.constantFrom(...scalarNames, ...nestedNames).map((kind) => [kind]),
  nullAt: fc.constantFrom(undefined, 0, 1, -1),
});
const several = fc.record({
  kinds: fc.uniqueArray(fc.constantFrom('boolean', 'long', 'double', 'string', 'enum', 'decimal9', 'array'), {
    minLength: 2,
    maxLength: 3,
  }),
  nullAt: fc.integer({ min: -1, max: 2 }),
});

/** Fields of a record: three in four plain or nullable, as Heap writes them, among unions of several types. */
export const someTypes: fc.Arbitrary<readonly WrittenType[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: several }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((shapes) => shapes.map(typeOf));

function typeOf({ kinds, nullAt }: Shape, field: number): WrittenType {
  const types = kinds.map((kind, n) => typeNamed(kind, `T${field}_${n}`));
  const [only] = types;
  if (nullAt === undefined && only !== undefined) return only;
  return unionOf(types, kinds.includes('null') ? -1 : (nullAt ?? -1));
}

/** A type of the table of types, by its name. */
export function typeNamed(kind: string, name = 'T'): WrittenType {
  const make = SCALARS[kind] ?? NESTED[kind];
  if (make === undefined) throw new Error(`no type ${kind}`);
  return make(name);
}
