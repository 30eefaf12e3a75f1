import { type AvroType, valueBranches } from '../avro-type.js';
import type { BlockCopy } from './block-copy.js';

/** How the value of a plain field is encoded, in the file and in the container alike. */
type PlainKind = 'number' | 'text' | 'bytes' | 'boolean' | 'double';

/** A field whose values are encoded in the container as in the file. */
export interface PlainField {
  readonly kind: PlainKind;
  /** Most bytes of a number for which no other check is needed. */
  readonly most: number;
  /** False: the file has the value alone, without a branch in front. */
  readonly isUnion: boolean;
  /** The byte of the file that stands for null, and the one in front of a value; -1: there is none. */
  readonly nullByte: number;
  readonly valueByte: number;
}

/** The branch bytes of a container. */
export const NULL_BRANCH = 0;
export const VALUE_BRANCH = 2;

/** Undefined for fields whose values have to be encoded anew. */
export function plainField(type: AvroType): PlainField | undefined {
  const [only, ...others] = valueBranches(type);
  if (only === undefined || others.length > 0) return undefined;
  const value = plainValue(only);
  if (value === undefined) return undefined;
  if (type.kind !== 'union') return { ...value, isUnion: false, nullByte: -1, valueByte: -1 };
  if (type.branches.length > 2) return undefined;
  const byteOf = (kind: AvroType['kind']): number => {
    const index = type.branches.findIndex((branch) => branch.kind === kind);
    return index < 0 ? -1 : 2 * index;
  };
  return { ...value, isUnion: true, nullByte: byteOf('null'), valueByte: byteOf(only.kind) };
}

function plainValue(type: AvroType): Pick<PlainField, 'kind' | 'most'> | undefined {
  switch (type.kind) {
    case 'string':
      return { kind: 'text', most: 0 };
    case 'bytes':
      return type.logical === undefined ? { kind: 'bytes', most: 0 } : undefined;
    case 'int':
      // 28 bits: any such number is an int.
      return { kind: 'number', most: 4 };
    case 'long':
      // 63 bits: any such number is a long.
      return type.logical?.kind === 'timestamp' && type.logical.unit === 'millis'
        ? undefined
        : { kind: 'number', most: 9 };
    case 'boolean':
      return { kind: 'boolean', most: 0 };
    case 'double':
      return { kind: 'double', most: 0 };
    case 'null':
    case 'float':
    case 'fixed':
    case 'enum':
    case 'record':
    case 'array':
    case 'map':
    case 'union':
      return undefined;
  }
}

/** True when the field's bytes in the container are not those of the file. */
export function isRewritten(field: PlainField): boolean {
  return field.isUnion && (field.nullByte > NULL_BRANCH || field.valueByte !== VALUE_BRANCH);
}

/**
 * Steps over a field, without looking into texts: those are checked all at once. False when the field is anything but
 * plain: damaged, very long, or written in an unusual way. The cursor has not moved then, and the readers of
 * `decode.ts` give the value or the error.
 */
export function passField(field: PlainField, block: BlockCopy): boolean {
  const { cursor } = block;
  let at = cursor.position;
  if (field.isUnion) {
    const branch = cursor.bytes[at];
    if (branch === field.nullByte) {
      if (branch !== NULL_BRANCH) block.source[at] = NULL_BRANCH;
      cursor.position = at + 1;
      return true;
    }
    if (branch !== field.valueByte) return false;
    if (branch !== VALUE_BRANCH) block.source[at] = VALUE_BRANCH;
    at += 1;
  }
  const end = passValue(field, block, at);
  if (end < 0) return false;
  cursor.position = end;
  return true;
}

/** Where the value ends; -1 when it is not plain. */
function passValue(field: PlainField, block: BlockCopy, at: number): number {
  switch (field.kind) {
    case 'text':
      return passSized(block, at, true);
    case 'number':
      return passNumber(block, at, field.most);
    case 'bytes':
      return passSized(block, at, false);
    case 'boolean':
      return (block.cursor.bytes[at] ?? 2) < 2 ? at + 1 : -1;
    case 'double':
      return block.passOver(at, at + 8);
  }
}

function passNumber({ cursor, text }: BlockCopy, start: number, most: number): number {
  const { bytes } = cursor;
  for (let at = start; at < start + most; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return -1;
    // A last byte of 0 adds nothing: fewer bytes would have done.
    if (byte < 0x80) return byte === 0 && at > start ? -1 : at + 1;
    text[at] = 0;
  }
  return -1;
}

/** A value with its length in front, as long as that is a number of one to three bytes. */
function passSized(block: BlockCopy, start: number, isText: boolean): number {
  const { bytes } = block.cursor;
  let raw = bytes[start] ?? 1;
  let at = start + 1;
  if (raw >= 0x80) {
    at = passNumber(block, start, 3);
    if (at < 0) return -1;
    raw = (raw & 0x7f) + ((bytes[start + 1] ?? 0) & 0x7f) * 0x80;
    if (at === start + 3) raw += (bytes[start + 2] ?? 0) * 0x4000;
  }
  const end = at + (raw >>> 1);
  // An odd number is a negative length.
  if ((raw & 1) === 1 || end > bytes.length) return -1;
  return isText ? end : block.passOver(at, end);
}
