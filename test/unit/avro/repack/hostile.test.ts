import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../../src/errors.js';
import { FILE, container, long, oneRow, recordOf, rowsOf, text } from '../support.js';
import { type Part, bytesOf, part } from './support.js';

const FOLDER = path.join(import.meta.dirname, '../../../fixtures/avro');

async function fixture(name: string): Promise<Buffer> {
  return await readFile(path.join(FOLDER, `${name}.avro`));
}

/** Rows without their order columns, or what an error says. */
async function outcome(rows: Promise<readonly (readonly unknown[])[]>, order = 0): Promise<unknown> {
  try {
    return (await rows).map((row) => row.slice(0, row.length - order));
  } catch (error) {
    if (!(error instanceof HeaploadError)) throw error;
    return { code: error.code, message: error.message, place: error.place, hint: error.hint };
  }
}

/** Damaged bytes have to end as they do where rows are read: in the same rows, or in the same error. */
async function expectSame(bytes: Uint8Array, planned: Part, targets = planned.targets): Promise<void> {
  const { header } = planned;
  const columns = targets.flatMap((_, place) => header[targets.indexOf(place)] ?? []);
  const file = { ...planned, bytes, targets };
  const repacked = bytesOf([file], columns, 'null').then((container) => rowsOf(container));
  const direct = rowsOf(bytes, { expected: header }).then((rows) =>
    rows.map((row) => columns.map((_, place) => row[targets.indexOf(place)])),
  );
  expect(await outcome(repacked, 2)).toStrictEqual(await outcome(direct));
}

describe('a file cut off at every byte', () => {
  it.each(['nested', 'types-snappy', 'empty-blocks'])('%s', async (name) => {
    const bytes = await fixture(name);
    const planned = part(bytes);
    for (let length = 0; length < bytes.length; length += 1)
      await expectSame(bytes.subarray(0, length), planned);
  });
});

describe('flipped bits', () => {
  it.each(['types-null', 'nested', 'unions'])('%s', async (name) => {
    const bytes = await fixture(name);
    const planned = part(bytes);
    const bit = fc.integer({ min: 0, max: bytes.length * 8 - 1 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(bit, { minLength: 1, maxLength: 3 }), async (bits) => {
        const flipped = Buffer.from(bytes);
        for (const at of bits) flipped.writeUInt8(flipped.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
        await expectSame(flipped, planned);
      }),
      { numRuns: 300 },
    );
  });
});

const PLAIN = recordOf(
  ['null', 'string'],
  ['long', 'null'],
  'bytes',
  ['null', 'double'],
  'boolean',
  ['int', 'null'],
  'string',
);

describe('the data of a block', () => {
  const planned = part(container(PLAIN, []));
  const row = [long(1), text('Zürich'), long(0), long(-(2n ** 63n)), text(Uint8Array.of(0xff, 0xfe))];
  const rest = [
    long(1),
    Buffer.alloc(8, 0xfd),
    Buffer.of(1),
    long(0),
    long(-(2 ** 31)),
    text('y'.repeat(90)),
  ];
  const data = Buffer.concat([...row, ...rest]);
  const small = container(PLAIN, [{ rows: 2, data: Buffer.concat([data, data]) }]);
  const targets = [
    [0, 1, 2, 3, 4, 5, 6],
    [6, 5, 4, 3, 2, 1, 0],
    [-1, 0, -1, 1, 2, -1, 3],
    [-1, -1, -1, -1, -1, -1, -1],
  ];

  it.each(targets.map((one) => [one]))('whole, to the places %j', async (places) => {
    await expectSame(small, planned, places);
  });

  it.each(targets.map((one) => [one]))('cut off at every byte, to the places %j', async (places) => {
    for (let length = 0; length < data.length; length += 1)
      await expectSame(oneRow(PLAIN, data.subarray(0, length)), planned, places);
  });

  it.each(targets.map((one) => [one]))('with any byte set to another, to the places %j', async (places) => {
    for (let at = 0; at < data.length; at += 1)
      for (const value of [0x00, 0x01, 0x02, 0x03, 0x04, 0x7f, 0x80, 0xc3, 0xff]) {
        const damaged = Buffer.from(data);
        damaged[at] = value;
        await expectSame(oneRow(PLAIN, damaged), planned, places);
      }
  });

  it('of random bytes', async () => {
    const any = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(data));
    await fc.assert(
      fc.asyncProperty(
        fc.array(any, { maxLength: 4 }),
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom(...targets),
        async (parts, rows, places) => {
          await expectSame(container(PLAIN, [{ rows, data: Buffer.concat(parts) }]), planned, places);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each<[string, unknown, Uint8Array]>([
    ['a length of 2^62', 'string', long(2n ** 62n)],
    ['a length of 2^40', ['null', 'bytes'], Buffer.concat([long(1), long(2 ** 40)])],
    ['a length of 2^31 - 1', 'string', long(2 ** 31 - 1)],
    ['a length of -1', 'bytes', long(-1)],
    ['a length of 65 bits', 'string', Buffer.from([...Array<number>(9).fill(0xff), 2])],
    ['a length in more bytes than it needs', 'string', Buffer.from([0x82, 0x80, 0x80, 0x00, 0x61])],
    ['a branch in more bytes than it needs', ['null', 'int'], Buffer.from([0x82, 0x00, 0x02])],
    ['a number in more bytes than it needs', 'long', Buffer.from([0x82, 0x80, 0x80, 0x00])],
    ['a long of ten bytes', 'long', long(2n ** 63n - 1n)],
    ['a long of 65 bits', 'long', Buffer.from([...Array<number>(9).fill(0xff), 2])],
    ['an int of 33 bits', 'int', long(2 ** 31)],
    ['a date of 33 bits', { type: 'int', logicalType: 'date' }, long(-(2 ** 31) - 1)],
    ['milliseconds out of reach', { type: 'long', logicalType: 'timestamp-millis' }, long(2n ** 62n)],
    ['half a character', 'string', text(Uint8Array.of(0x61, 0xc3))],
    ['a byte behind half a character', 'string', Buffer.concat([text(Uint8Array.of(0xc3)), Buffer.of(0xbc)])],
    ['a surrogate', ['string', 'null'], Buffer.concat([long(0), text(Uint8Array.of(0xed, 0xa0, 0x80))])],
    ['a long text that is not UTF-8', 'string', text(Buffer.alloc(20_000, 0xff))],
    ['a long text', 'string', text('é'.repeat(1_100_000))],
  ])('with %s', async (_what, type, bytes) => {
    const file = oneRow(recordOf(type), bytes);
    await expectSame(file, part(file));
    await expectSame(file, part(file), [-1]);
  });

  it('with half a character at the end of one text and the other half at the start of the next', async () => {
    const schema = recordOf('string', 'string');
    const file = oneRow(schema, text(Uint8Array.of(0x61, 0xc3)), text(Uint8Array.of(0xbc, 0x61)));
    await expectSame(file, part(file));
  });

  it('names the first of two damages, as where rows are read', async () => {
    const schema = recordOf('string', 'boolean');
    const rows = [text('a'), Buffer.of(1), text(Uint8Array.of(0xff)), Buffer.of(1), text('b'), Buffer.of(9)];
    const file = container(schema, [{ rows: 3, data: Buffer.concat(rows) }]);
    await expectSame(file, part(file));
    const error = (await outcome(bytesOf([part(file)], part(file).header) as never)) as { message: string };
    expect(error.message).toContain('row 1 of the file (counted from 0), column "c0": the text is not valid');
    expect(error).toMatchObject({ code: 'AVRO_INVALID', place: { file: FILE } });
  });
});
