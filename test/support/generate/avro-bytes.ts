/** A source of numbers that gives the same ones for the same seed, and many of them fast. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 32 bits (mulberry32). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(count: number): number {
    return this.bits() % count;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  wide(): bigint {
    return BigInt.asIntN(64, (BigInt(this.bits()) << 32n) | BigInt(this.bits()));
  }
}

/** A type of a field, and how values of it are written: as bytes, because some are what no writer would write. */
export interface WrittenType {
  readonly schema: unknown;
  write(random: Random): Uint8Array;
}

/** A number as Avro writes it, in at least `length` bytes: more of them than needed are not forbidden. */
export function longBytes(value: number | bigint, length = 1): Uint8Array {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  while (raw >= 0x80n || bytes.length + 1 < length) {
    bytes.push(Number(raw & 0x7fn) | 0x80);
    raw >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(raw)]);
}

/** One number in sixteen is longer than it need be. */
function someLong(value: number | bigint, random: Random): Uint8Array {
  return longBytes(value, random.below(16) === 0 ? 1 + random.below(10) : 1);
}

const EDGES: readonly bigint[] = Array.from({ length: 64 }, (_, n) => 1n << BigInt(n)).flatMap((power) =>
  [power, power - 1n, -power, -power - 1n].filter((edge) => BigInt.asIntN(64, edge) === edge),
);
/** Milliseconds around where doubles, and where 64 bits of microseconds, end. */
const MILLIS: readonly bigint[] = [2n ** 53n / 1000n, (2n ** 63n - 1n) / 1000n].flatMap((most) =>
  [most, most - 1n, most > 2n ** 53n ? most : most + 1n].flatMap((edge) => [edge, -edge]),
);
const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 16, 17, 24, 31, 32, 33, 36];
const LONGER = [
  63, 64, 65, 100, 127, 128, 255, 256, 257, 258, 300, 1000, 4095, 4096, 8191, 8192, 8193, 20_000,
];
const LETTERS = [
  'a',
  'Z',
  ' ',
  '\0',
  '\x7f',
  '\x80',
  'é',
  'ÿ',
  '\uFEFF',
  '€',
  '\uFFFD',
  '𝄞',
  '😀',
  '\u{10FFFF}',
];

function textOf(length: number, random: Random): Buffer {
  const bytes = Buffer.alloc(length, 'x');
  let at = 0;
  while (at < length) {
    const letter = Buffer.from(random.pick(LETTERS));
    if (at + letter.length <= length) letter.copy(bytes, at);
    at += random.below(4) === 0 ? letter.length : letter.length + random.below(length);
  }
  return bytes;
}

const texts = new Map<number, readonly Buffer[]>();

/** A text of so many bytes; made once, since most of the time would be spent here. */
function someText(random: Random): Buffer {
  const length = random.pick(random.below(8) === 0 ? LONGER : LENGTHS);
  const known =
    texts.get(length) ?? Array.from({ length: 8 }, (_, n) => textOf(length, new Random(n + length)));
  texts.set(length, known);
  return random.pick(known);
}

function withLength(bytes: Uint8Array, random: Random): Uint8Array {
  return Buffer.concat([someLong(bytes.length, random), bytes]);
}

function doubleBytes(random: Random): Uint8Array {
  const bytes = Buffer.alloc(8);
  const value = random.pick([
    0,
    -0,
    0.1,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    Number.MAX_VALUE,
    random.bits() / 7,
  ]);
  if (random.below(4) > 0) bytes.writeDoubleLE(value);
  else bytes.writeBigInt64LE(random.wide());
  return bytes;
}

function floatBytes(random: Random): Uint8Array {
  const bytes = Buffer.alloc(4);
  if (random.below(4) > 0) bytes.writeFloatLE(random.pick([0, -0, 0.5, NaN, Infinity, -Infinity, 2 ** -149]));
  else bytes.writeUInt32LE(random.bits());
  return bytes;
}

function someInt(random: Random): number {
  return random.below(3) === 0
    ? Number(BigInt.asIntN(32, random.pick(EDGES)))
    : random.below(2) === 0
      ? random.below(200) - 100
      : random.bits() | 0;
}

function someWide(random: Random): bigint {
  const kind = random.below(4);
  if (kind === 0) return random.pick(EDGES);
  return kind === 1 ? BigInt(someInt(random)) : random.wide() >> BigInt(random.below(64));
}

/** Two's complement in `size` bytes, the first the highest. */
function bigEndian(value: bigint, size: number): Buffer {
  return Buffer.from(
    BigInt.asUintN(8 * size, value)
      .toString(16)
      .padStart(2 * size, '0'),
    'hex',
  );
}

function decimalOf(precision: number, size: number, random: Random): Buffer {
  const limit = 10n ** BigInt(precision);
  const value = random.pick([0n, limit - 1n, 1n - limit, random.wide() % limit]);
  return bigEndian(value, size);
}

const bytesOf = (random: Random): Uint8Array =>
  Uint8Array.from({ length: random.pick([0, 1, 11, 12, 13, 40, 255]) }, () => random.bits());

/** Types that stand alone, by name; `name` is for those that need one of their own. */
export const SCALARS: Readonly<Record<string, (name: string) => WrittenType>> = {
  null: () => ({ schema: 'null', write: () => new Uint8Array(0) }),
  boolean: () => ({ schema: 'boolean', write: (random) => Uint8Array.of(random.below(2)) }),
  int: () => ({ schema: 'int', write: (random) => someLong(someInt(random), random) }),
  long: () => ({ schema: 'long', write: (random) => someLong(someWide(random), random) }),
  float: () => ({ schema: 'float', write: floatBytes }),
  double: () => ({ schema: 'double', write: doubleBytes }),
  string: () => ({ schema: 'string', write: (random) => withLength(someText(random), random) }),
  bytes: () => ({ schema: 'bytes', write: (random) => withLength(bytesOf(random), random) }),
  fixed: (name) => ({
    schema: { type: 'fixed', name, size: 5 },
    write: (random) => bigEndian(random.wide(), 5),
  }),
  enum: (name) => ({
    schema: { type: 'enum', name, symbols: ['A', 'longer-than-twelve', 'é'] },
    write: (random) => someLong(random.below(3), random),
  }),
  date: () => ({
    schema: { type: 'int', logicalType: 'date' },
    write: (random) => someLong(someInt(random), random),
  }),
  millis: () => ({
    schema: { type: 'long', logicalType: 'timestamp-millis' },
    write: (random) =>
      someLong(
        random.below(3) === 0 ? random.pick(MILLIS) : random.wide() >> BigInt(11 + random.below(40)),
        random,
      ),
  }),
  localMillis: () => ({
    schema: { type: 'long', logicalType: 'local-timestamp-millis' },
    write: (random) => someLong(random.pick(MILLIS), random),
  }),
  micros: () => ({
    schema: { type: 'long', logicalType: 'timestamp-micros' },
    write: (random) => someLong(someWide(random), random),
  }),
  timeOfDay: () => ({
    schema: { type: 'int', logicalType: 'time-millis' },
    write: (random) => someLong(someInt(random), random),
  }),
  ...Object.fromEntries(
    [4, 9, 18, 38, 50].map((precision) => [
      `decimal${precision}`,
      () => ({
        schema: { type: 'bytes', logicalType: 'decimal', precision, scale: 2 },
        write: (random: Random) => withLength(decimalOf(precision, 22, random), random),
      }),
    ]),
  ),
  fixedDecimal: (name) => ({
    schema: { type: 'fixed', name, size: 12, logicalType: 'decimal', precision: 20, scale: 20 },
    write: (random) => decimalOf(20, 12, random),
  }),
};

/** Types whose values become JSON. */
export const NESTED: Readonly<Record<string, (name: string) => WrittenType>> = {
  array: () => ({
    schema: { type: 'array', items: ['null', 'string'] },
    write: arrayBytes,
  }),
  map: () => ({
    schema: { type: 'map', values: 'long' },
    write: (random) =>
      Buffer.concat([
        longBytes(1),
        withLength(someText(random), random),
        someLong(someWide(random), random),
        longBytes(0),
      ]),
  }),
  record: (name) => ({
    schema: {
      type: 'record',
      name,
      fields: [
        { name: 'x', type: 'double' },
        { name: 'y', type: ['string', 'null'] },
      ],
    },
    write: (random) =>
      Buffer.concat([doubleBytes(random), Uint8Array.of(0), withLength(someText(random), random)]),
  }),
};

function arrayBytes(random: Random): Uint8Array {
  const items = Array.from({ length: random.below(4) }, () =>
    random.below(2) === 0
      ? Uint8Array.of(0)
      : Buffer.concat([Uint8Array.of(2), withLength(someText(random), random)]),
  );
  const end = longBytes(0);
  return items.length === 0 ? end : Buffer.concat([longBytes(items.length), ...items, end]);
}

/** A union of these types; `nullAt`: the place of its null, -1 for none. */
export function unionOf(types: readonly WrittenType[], nullAt: number): WrittenType {
  const branches = [...types];
  if (nullAt >= 0) branches.splice(nullAt, 0, { schema: 'null', write: () => new Uint8Array(0) });
  return {
    schema: branches.map((branch) => branch.schema),
    write: (random) => {
      const branch = random.below(branches.length);
      return Buffer.concat([someLong(branch, random), branches[branch]?.write(random) ?? new Uint8Array(0)]);
    },
  };
}

export function schemaOf(types: readonly WrittenType[]): object {
  return {
    type: 'record',
    name: 'Row',
    fields: types.map(({ schema }, n) => ({ name: `c${n}`, type: schema })),
  };
}

export function rowBytes(types: readonly WrittenType[], rows: number, random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let n = 0; n < rows; n += 1) for (const type of types) parts.push(type.write(random));
  return Buffer.concat(parts);
}
