import type { AvroType } from './avro-type.js';
import { decimalText, dateText, doubleText, timestampText } from './scalar-text.js';
import { type Read, bytesReader, decimalReader, enumReader, notScalar, timestampReader } from './scalars.js';

/**
 * Values of one branch of a union of several scalars, as text: `true`/`false`, all digits of integers and decimals,
 * doubles as {@link doubleText}, dates and timestamps in ISO 8601, bytes in base64.
 */
export function textReader(type: AvroType): Read<string> {
  switch (type.kind) {
    case 'string':
      return (cursor) => cursor.string();
    case 'enum':
      return enumReader(type.symbols);
    case 'boolean':
      return (cursor) => String(cursor.boolean());
    case 'int':
      return type.logical === undefined
        ? (cursor) => String(cursor.int())
        : (cursor) => dateText(BigInt(cursor.int()));
    case 'long': {
      if (type.logical?.kind !== 'timestamp') return (cursor) => cursor.long().toString();
      const read = timestampReader(type.logical);
      return (cursor) => timestampText(read(cursor));
    }
    case 'float':
      return (cursor) => doubleText(cursor.float());
    case 'double':
      return (cursor) => doubleText(cursor.double());
    case 'bytes':
    case 'fixed': {
      const { logical } = type;
      if (logical?.kind === 'decimal') {
        const read = decimalReader(type, logical);
        return (cursor) => decimalText(read(cursor), logical.scale);
      }
      const read = bytesReader(type);
      return (cursor) => read(cursor).toString('base64');
    }
    case 'null':
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      return notScalar(type);
  }
}
