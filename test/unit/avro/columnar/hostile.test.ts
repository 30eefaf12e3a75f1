import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordType } from '../../../../src/avro/avro-type.js';
import type { Block } from '../../../../src/avro/container.js';
import { parseSchema } from '../../../../src/avro/parse-schema.js';
import { ColumnarReader } from '../../../support/columnar-rows.js';
import {
  NESTED,
  Random,
  SCALARS,
  type WrittenType,
  longBytes,
  rowBytes,
  schemaOf,
  unionOf,
} from '../../../support/generate/avro-bytes.js';
import { FILE, block, container, recordOf, text } from '../support.js';
import {
  type Outcome,
  isRows,
  outcomeOf,
  referenceRows,
  sameOutcome,
  someTypes,
  typeNamed,
} from './support.js';

let outcomes = 0;
let errors = 0;

afterAll(() => {
  console.info(`columnar: ${outcomes} damaged blocks, ${errors} of them errors, answered as by readRows`);
});

/** Bytes that would change what is read, if they were: numbers that go on, text that is none, lengths. */
const CANARIES = [0xff, 0x80, 0x02, 0x7f, 0x41];

interface Hostile {
  readonly head: Buffer;
  readonly schema: RecordType;
}

function hostile(schema: object): Hostile {
  return { head: container(schema, []), schema: parseSchema(JSON.stringify(schema)) };
}

interface Variant {
  /** What stands around the block in memory. */
  readonly canary?: number;
  /** What the decoder read before. */
  readonly before?: Uint8Array;
}

function columnar(
  { head, schema }: Hostile,
  rows: number,
  data: Uint8Array,
  variant: Variant,
): Promise<Outcome> {
  const around = 64;
  const memory = Buffer.alloc(data.length + 2 * around, variant.canary ?? 0);
  memory.set(data, around);
  const bytes = memory.subarray(around, around + data.length);
  const one: Block = { rows, bytes, packed: bytes, offset: head.length };
  return outcomeOf(() => {
    const reader = new ColumnarReader(schema, { file: FILE }, variant.before);
    return [...reader.rowsOf(one), ...reader.rest()];
  });
}

/**
 * Reads a block by `readRows` and column by column: alone, and between canaries after a larger
 * block of theirs. All have to end in the same.
 */
async function same(file: Hostile, rows: number, data: Uint8Array): Promise<Outcome> {
  const expected = await outcomeOf(() => referenceRows(Buffer.concat([file.head, block({ rows, data })])));
  const canary = CANARIES[outcomes % CANARIES.length] ?? 0xff;
  const before = Buffer.alloc(data.length + 200, canary);
  for (const variant of [{}, { canary, before }])
    sameOutcome(await columnar(file, rows, data, variant), expected);
  outcomes += 1;
  if (!isRows(expected)) errors += 1;
  return expected;
}

function forms(kind: string): readonly WrittenType[] {
  const type = typeNamed(kind);
  return kind === 'null' ? [type] : [type, unionOf([type], 0), unionOf([type], 1)];
}

const KINDS = Object.keys({ ...SCALARS, ...NESTED });

describe('a block cut off', () => {
  it.each(KINDS)('%s, at every byte', async (kind) => {
    for (const form of forms(kind)) {
      const schema = recordOf(form.schema, 'long');
      const data = rowBytes([form, typeNamed('long')], 6, new Random(3)).subarray(0, 150);
      const file = hostile(schema);
      for (let length = 0; length < data.length; length += 1) await same(file, 6, data.subarray(0, length));
    }
  });
});

describe('numbers and lengths that lie', () => {
  const lies = [62n, 63n, 31n, 32n, 53n].flatMap((n) => [1n << n, (1n << n) - 1n, -(1n << n)]);
  const numbers = [
    ...lies.map((lie) => BigInt.asIntN(64, lie)).map((lie) => longBytes(lie)),
    ...[-1, -2, 64, 8191, 8192, 2 ** 20, 2 ** 27].map((lie) => longBytes(lie)),
    ...[9, 10, 11, 12].map((length) => Buffer.alloc(length, 0xff)),
    ...[9, 10, 11].map((length) => Buffer.concat([Buffer.alloc(length - 1, 0x80), Buffer.of(0)])),
    ...[1, 2, 3, 0x7f].map((last) => Buffer.concat([Buffer.alloc(9, 0xff), Buffer.of(last)])),
    Buffer.of(0x80, 0x80, 0x80, 0x02),
    Buffer.of(0x81, 0x00),
  ];

  it.each(KINDS)('%s: in place of its first number, with little and with much behind', async (kind) => {
    for (const form of forms(kind)) {
      const file = hostile(recordOf(form.schema, 'string'));
      const branches =
        form === forms(kind)[0] ? [Buffer.alloc(0)] : [Buffer.of(0), Buffer.of(2), Buffer.alloc(0)];
      for (const number of numbers)
        for (const branch of branches)
          for (const behind of [40])
            await same(file, 1, Buffer.concat([branch, number, Buffer.alloc(behind, 0x20)]));
    }
  });

  it('rows declared that are not there, and not declared that are', async () => {
    const types = [typeNamed('long'), unionOf([typeNamed('string')], 0), typeNamed('double')];
    const file = hostile(schemaOf(types));
    const data = rowBytes(types, 50, new Random(5));
    for (const rows of [0, 1, 49, 51, 52, 100, 1e6, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])
      expect(isRows(await same(file, rows, data))).toBe(false);
    expect(isRows(await same(file, 50, data))).toBe(true);
  });

  it('rows that take no bytes', async () => {
    const file = hostile(recordOf('null', 'null'));
    expect(isRows(await same(file, 3000, Buffer.alloc(0)))).toBe(true);
    expect(isRows(await same(file, 1_000_001, Buffer.alloc(0)))).toBe(false);
    expect(isRows(await same(file, 3, Buffer.alloc(1)))).toBe(false);
  });
});

describe('of two damages', () => {
  const good = Buffer.concat([text('good'), Buffer.of(1)]);
  const badText = Buffer.concat([text(Uint8Array.of(0xff)), Buffer.of(1)]);
  const badBoolean = Buffer.concat([text('good'), Buffer.of(9)]);
  const both = Buffer.concat([text(Uint8Array.of(0xff)), Buffer.of(9)]);

  it('the first is told, whichever it is', async () => {
    const file = hostile(recordOf('string', 'boolean'));
    const orders = [[badText, badBoolean], [badBoolean, badText], [both], [badText, good, badBoolean]];
    for (const rows of orders) {
      const outcome = await same(file, rows.length + 1, Buffer.concat([good, ...rows]));
      const first = rows[0] === badBoolean ? 'a boolean has the byte 9' : 'the text is not valid UTF-8';
      expect(outcome).toMatchObject({ message: expect.stringContaining(first) as string });
    }
    await same(file, 4, Buffer.concat([good, badText, good.subarray(0, 3)]));
    await same(file, 2, Buffer.concat([good, badText, good]));
  });
});

describe('random damage', () => {
  it('ends in the rows, or in the error, that readRows gives', async () => {
    const change = fc.record({
      at: fc.nat(),
      to: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constant(0xff)),
    });
    await fc.assert(
      fc.asyncProperty(
        someTypes,
        fc.nat(),
        fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { minLength: 10, maxLength: 10 }),
        fc.integer({ min: -2, max: 2 }),
        async (types, seed, damages, more) => {
          const file = hostile(schemaOf(types));
          const data = rowBytes(types, 8, new Random(seed));
          for (const [n, changes] of damages.entries()) {
            const damaged = Buffer.from(data);
            for (const { at, to } of changes) if (data.length > 0) damaged[at % data.length] = to;
            await same(file, n === 0 ? 8 + more : 8, damaged);
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('random bytes in place of a block', async () => {
    await fc.assert(
      fc.asyncProperty(
        someTypes,
        fc.uint8Array({ maxLength: 80 }),
        fc.integer({ min: 0, max: 5 }),
        async (types, data, rows) => {
          await same(hostile(schemaOf(types)), rows, data);
        },
      ),
      { numRuns: 1200 },
    );
  });
});

it('thousands of damaged blocks were errors, and hundreds were not', () => {
  expect(errors).toBeGreaterThan(6000);
  expect(outcomes - errors).toBeGreaterThan(200);
});
