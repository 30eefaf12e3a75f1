import avro from 'avsc';
import fc from 'fast-check';
import type { Value } from '../../../src/schema/values.js';
import { type TestCodec, container } from './support.js';

/** A schema, a value of it as avsc takes it, and what heapload makes of it: as a column, as text in a union, as JSON. */
interface Sample {
  readonly value: unknown;
  readonly column: Value;
  readonly text: string;
  readonly json: string;
}

interface Kind {
  readonly schema: unknown;
  /** The name avsc gives the branch of a union. */
  readonly branch: string;
  readonly nested: boolean;
  readonly sample: fc.Arbitrary<Sample>;
}

const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: () => 0,
});

function avscType(schema: unknown): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, {
    wrapUnions: 'always',
    typeHook: (part: unknown) => (part === 'long' ? LONG : undefined),
  });
}

function bytesSample(bytes: Uint8Array): Sample {
  const base64 = Buffer.from(bytes).toString('base64');
  return { value: Buffer.from(bytes), column: bytes, text: base64, json: JSON.stringify(base64) };
}

function textSample(value: string): Sample {
  return { value, column: value, text: value, json: JSON.stringify(value) };
}

/** Doubles whose spellings need no code of their own here; the others are in scalar-text.test.ts. */
const DOUBLE_TEXTS: readonly (readonly [number, string, string])[] = [
  [0.5, '0.5', '0.5'],
  [-0, '-0.0', '-0'],
  [3, '3.0', '3'],
  [1e16, '1e+16', '10000000000000000'],
  [-(2 ** -20), '-9.5367431640625e-07', '-9.5367431640625e-7'],
  [2 ** 70, '1.1805916207174113e+21', '1.1805916207174113e+21'],
  [NaN, 'nan', '"NaN"'],
  [-Infinity, '-inf', '"-Infinity"'],
];

const doubles = fc
  .constantFrom(...DOUBLE_TEXTS)
  .map(([value, text, json]): Sample => ({ value, column: value, text, json }));

function scalar(schema: string, sample: fc.Arbitrary<Sample>): Kind {
  return { schema, branch: schema, nested: false, sample };
}

let names = 0;

function named(shape: object, sample: fc.Arbitrary<Sample>, nested = false): Kind {
  names += 1;
  const name = `T${names}`;
  return { schema: { ...shape, name }, branch: name, nested, sample };
}

const strings = fc.string({ unit: 'binary', maxLength: 20 });

const scalarKinds = fc.constantFrom<() => Kind>(
  () =>
    scalar(
      'boolean',
      fc.boolean().map((b) => ({ value: b, column: b, text: String(b), json: String(b) })),
    ),
  () =>
    scalar(
      'int',
      fc.integer().map((n) => ({ value: n, column: BigInt(n), text: String(n), json: String(n) })),
    ),
  () =>
    scalar(
      'long',
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => ({
        value: n,
        column: n,
        text: n.toString(),
        json: n.toString(),
      })),
    ),
  () =>
    scalar(
      'float',
      doubles.filter((one) => Object.is(Math.fround(Number(one.value)), one.value)),
    ),
  () => scalar('double', doubles),
  () => scalar('string', strings.map(textSample)),
  () => scalar('bytes', fc.uint8Array({ maxLength: 20 }).map(bytesSample)),
  () => named({ type: 'fixed', size: 3 }, fc.uint8Array({ minLength: 3, maxLength: 3 }).map(bytesSample)),
  () => named({ type: 'enum', symbols: ['A', 'B', 'C'] }, fc.constantFrom('A', 'B', 'C').map(textSample)),
);

function json(value: unknown, text: string): Sample {
  return { value, column: text, text, json: text };
}

function arrayOf(items: Kind): Kind {
  const sample = fc.array(items.sample, { maxLength: 4 }).map((list) =>
    json(
      list.map((one) => one.value),
      `[${list.map((one) => one.json).join(',')}]`,
    ),
  );
  return { schema: { type: 'array', items: items.schema }, branch: 'array', nested: true, sample };
}

function mapOf(values: Kind): Kind {
  // avsc loses a key "__proto__" and orders keys that look like numbers: those are in the fixtures.
  const keys = strings.filter((key) => key !== '__proto__' && !/^\d+$/.test(key));
  const sample = fc
    .uniqueArray(fc.tuple(keys, values.sample), { maxLength: 4, selector: ([key]) => key })
    .map((entries) =>
      json(
        Object.fromEntries(entries.map(([key, one]) => [key, one.value])),
        `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${one.json}`).join(',')}}`,
      ),
    );
  return { schema: { type: 'map', values: values.schema }, branch: 'map', nested: true, sample };
}

function recordWith(fields: readonly Kind[]): Kind {
  const label = (n: number): string => `f${fields.length - n}`;
  const sample = fc
    .tuple(...fields.map((field) => field.sample))
    .map((list) =>
      json(
        Object.fromEntries(list.map((one, n) => [label(n), one.value])),
        `{${list.map((one, n) => `"${label(n)}":${one.json}`).join(',')}}`,
      ),
    );
  const shape = {
    type: 'record',
    fields: fields.map((field, n) => ({ name: label(n), type: field.schema })),
  };
  return named(shape, sample, true);
}

function unionOf(branches: readonly Kind[], nullAt: number): Kind {
  const withoutNull = nullAt < 0;
  const nested = branches.some((branch) => branch.nested);
  const schema = branches.map((branch) => branch.schema);
  if (!withoutNull) schema.splice(Math.min(nullAt, schema.length), 0, 'null');
  const wrapped = branches.map((branch) =>
    branch.sample.map((one): Sample => {
      const column = nested ? one.json : branches.length > 1 ? one.text : one.column;
      return { ...one, value: { [branch.branch]: one.value }, column };
    }),
  );
  const none: Sample = { value: null, column: null, text: 'null', json: 'null' };
  const sample = fc.oneof(...wrapped, ...(withoutNull ? [] : [fc.constant(none)]));
  return { schema, branch: '', nested, sample };
}

function unions(of: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> {
  return fc
    .tuple(
      fc.uniqueArray(of, { minLength: 1, maxLength: 4, selector: (kind) => kind.branch }),
      fc.integer({ min: -1, max: 4 }),
    )
    .map(([branches, nullAt]) => unionOf(branches, nullAt));
}

const { value: anyKind } = fc.letrec<{ plain: Kind; value: Kind }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalarKinds.map((make) => make()),
    tie('value').map(arrayOf),
    tie('value').map(mapOf),
    fc.array(tie('value'), { maxLength: 3 }).map(recordWith),
  ),
  value: fc.oneof({ maxDepth: 3 }, tie('plain'), unions(tie('plain'))),
}));

/** An Avro file that avsc wrote, and what heapload has to make of it. */
export interface SampleFile {
  readonly bytes: Buffer;
  readonly rows: readonly (readonly Value[])[];
}

export const sampleFiles: fc.Arbitrary<SampleFile> = fc
  .array(anyKind, { minLength: 1, maxLength: 5 })
  .chain((kinds) =>
    fc.record({
      kinds: fc.constant(kinds),
      blocks: fc.array(fc.array(fc.tuple(...kinds.map((kind) => kind.sample)), { maxLength: 5 }), {
        maxLength: 3,
      }),
      codec: fc.constantFrom<TestCodec>('null', 'deflate', 'snappy'),
    }),
  )
  .map(({ kinds, blocks, codec }) => {
    const fields = kinds.map((kind, n) => ({ name: `c${n}`, type: kind.schema }));
    const schema = { type: 'record', name: 'Row', fields };
    const type = avscType(schema);
    const written = blocks.map((rows) => {
      const encoded = rows.map((row) =>
        type.toBuffer(Object.fromEntries(row.map((one, n) => [`c${n}`, one.value]))),
      );
      return { rows: rows.length, data: Buffer.concat(encoded) };
    });
    return {
      bytes: container(schema, written, codec),
      rows: blocks.flat().map((row) => row.map((one) => one.column)),
    };
  });
