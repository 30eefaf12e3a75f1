import { describe, expect, it } from 'vitest';
import { parseContainerHeader, parseHeader } from '../../../src/avro/header.js';
import { FILE, SYNC, container, errorOf, header, long, recordOf, text } from './support.js';

const SCHEMA = recordOf('long', ['null', 'string']);
const JSON_SCHEMA = JSON.stringify(SCHEMA);
const HEAD = header({ 'avro.schema': JSON_SCHEMA, 'avro.codec': 'snappy', 'other.key': Uint8Array.of(0xff) });
const COLUMNS = [
  { name: 'c0', type: { kind: 'int64' } },
  { name: 'c1', type: { kind: 'string' } },
];

function parse(bytes: Uint8Array, complete = true): unknown {
  return parseHeader(bytes, { complete, file: FILE });
}

function head(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from('Obj\x01'), ...parts]);
}

describe('parseHeader', () => {
  it('wants more until the sync marker is there, then gives codec and columns', () => {
    for (let length = 0; length < HEAD.length; length += 1)
      expect(parse(HEAD.subarray(0, length), false)).toBeUndefined();
    const header = { codec: 'snappy', columns: COLUMNS };
    expect(parse(HEAD, false)).toEqual(header);
    expect(parse(HEAD)).toEqual(header);
    expect(parse(Buffer.concat([HEAD, Buffer.from('rows')]), false)).toEqual(header);
  });

  it('names the end of a file that is cut off inside its header', async () => {
    for (let length = 1; length < HEAD.length; length += 1) {
      const error = await errorOf(() => parse(HEAD.subarray(0, length)));
      expect(error.message).toBe(`The file ends inside its header, after ${length} bytes.`);
      expect(error.place).toEqual({ file: FILE, offset: length });
    }
  });

  it('takes no codec, or an empty one, as null', () => {
    expect(parse(header({ 'avro.schema': JSON_SCHEMA }))).toEqual({ codec: 'null', columns: COLUMNS });
    expect(parse(header({ 'avro.schema': JSON_SCHEMA, 'avro.codec': '' }))).toMatchObject({ codec: 'null' });
  });

  it('reads a map of several parts, with their sizes or without', () => {
    const one = Buffer.concat([text('avro.schema'), text(JSON_SCHEMA)]);
    const two = Buffer.concat([text('avro.codec'), text('deflate')]);
    const bytes = head(long(-1), long(one.length), one, long(1), two, long(0), SYNC);
    expect(parseContainerHeader(bytes, { complete: true, file: FILE })).toMatchObject({
      codec: 'deflate',
      columns: COLUMNS,
      length: bytes.length,
      sync: new Uint8Array(SYNC),
    });
  });

  it.each<[string, Uint8Array, string, number]>([
    ['an empty file', Buffer.alloc(0), 'The file is empty', 0],
    ['another format', Buffer.from('PAR1....'), 'starts with the bytes 50415231 instead of 4f626a01', 0],
    ['one wrong byte', Buffer.from('{'), 'starts with the bytes 7b instead', 0],
    ['another version of Avro', Buffer.from('Obj\x02'), 'starts with the bytes 4f626a02', 0],
    ['no schema', header({ 'avro.codec': 'null' }), 'has no schema', 4],
    ['no metadata', head(long(0), SYNC), 'has no schema', 4],
    ['a schema of bytes', header({ 'avro.schema': Uint8Array.of(0x22, 0xff, 0x22) }), 'not valid UTF-8', 18],
    ['a broken schema', header({ 'avro.schema': '{' }), 'cannot be read: the schema is not JSON', 18],
    ['a schema that is no record', header({ 'avro.schema': '"long"' }), 'of type long, not a record', 18],
    [
      'an unknown codec',
      header({ 'avro.codec': 'lz4', 'avro.schema': JSON_SCHEMA }),
      'unknown codec, "lz4"',
      4 + 1 + 11 + 1,
    ],
    ['xz', header({ 'avro.codec': 'xz', 'avro.schema': JSON_SCHEMA }), 'compressed with xz, which', 17],
    ['2^62 entries', head(long(2n ** 62n)), 'declares 4611686018427387904 entries', 4],
    ['-2^63 entries', head(long(-(2n ** 63n)), long(5)), 'declares 9223372036854775808 entries', 4],
    ['a negative length', head(long(1), long(-1)), 'declares a length of -1 bytes', 5],
    ['a length of 2^62', head(long(1), long(2n ** 62n)), 'declares a length of 4611686018427387904 bytes', 5],
    [
      'a length of 2^30',
      head(long(1), text('avro.schema'), long(2 ** 30)),
      'a length of 1073741824 bytes',
      17,
    ],
    ['a number without end', head(Buffer.alloc(12, 0xff)), 'more than 64 bits', 4],
  ])('refuses %s', async (_what, bytes, message, offset) => {
    const error = await errorOf(() => parse(bytes));
    expect(error.code).toBe('AVRO_INVALID');
    expect(error.message).toContain(message);
    expect(error.place).toEqual({ file: FILE, offset });
    expect(error.hint).not.toBe('');
  });

  it('refuses huge lengths and wrong bytes before the rest is there', async () => {
    expect((await errorOf(() => parse(head(long(1), long(2n ** 62n)), false))).code).toBe('AVRO_INVALID');
    expect((await errorOf(() => parse(Buffer.from('P'), false))).code).toBe('AVRO_INVALID');
  });

  it('does not ask for more bytes for ever', async () => {
    const bytes = head(
      long(3),
      text('a'),
      text(Buffer.alloc(15 * 2 ** 20)),
      text('b'),
      text(Buffer.alloc(2 ** 21)),
    );
    const error = await errorOf(() => parse(bytes.subarray(0, 2 ** 24), false));
    expect(error.message).toBe('The header does not end within 16777216 bytes.');
  });

  it('keeps the sync marker and the place of the first block', () => {
    const bytes = container(SCHEMA, []);
    expect(parseContainerHeader(bytes, { complete: true, file: FILE })).toMatchObject({
      length: bytes.length,
    });
  });
});
