import { isUtf8 } from 'node:buffer';
import { EndsEarly, Malformed } from './problem.js';

const REPLACEMENT = '\uFFFD';
const MAX_DEPTH = 500;

/**
 * Reads Avro's binary encoding from bytes, every length checked against them first. What it cannot read it
 * answers with {@link Malformed}, {@link EndsEarly} when the bytes end before the value, and stays in front of it.
 */
export class Cursor {
  position: number;
  /** Characters of JSON made so far, which may be many more than the bytes they came from. */
  expanded = 0;
  readonly bytes: Buffer;
  #depth = 0;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  boolean(): boolean {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw new EndsEarly('a boolean should follow, but no bytes are left');
    if (byte > 1) throw new Malformed(`a boolean has the byte ${byte}`);
    this.position += 1;
    return byte === 1;
  }

  int(): number {
    const start = this.position;
    const value = this.long();
    if (BigInt.asIntN(32, value) === value) return Number(value);
    throw this.#back(start, new Malformed(`an int has the value ${value}`));
  }

  long(): bigint {
    const { bytes, position: start } = this;
    let raw = 0;
    let scale = 1;
    // Seven bytes of seven bits are as many as a double holds exactly.
    for (let at = start; at < start + 7; at += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new EndsEarly('a number is cut off');
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position = at + 1;
        return BigInt(raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2);
      }
      scale *= 128;
    }
    return this.#longTail(BigInt(raw), start);
  }

  #longTail(low: bigint, start: number): bigint {
    let raw = low;
    for (let n = 7; n < 10; n += 1) {
      const byte = this.bytes[start + n];
      if (byte === undefined) throw new EndsEarly('a number is cut off');
      raw |= BigInt(byte & 0x7f) << BigInt(7 * n);
      if (byte >= 0x80) continue;
      if (BigInt.asUintN(64, raw) !== raw) break;
      this.position = start + n + 1;
      return (raw >> 1n) ^ -(raw & 1n);
    }
    throw new Malformed('a number has more than 64 bits');
  }

  float(): number {
    return this.bytes.readFloatLE(this.#skip(4));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#skip(8));
  }

  /** A length in bytes, not yet checked against those that are left. */
  length(): number {
    const start = this.position;
    const length = this.long();
    if (length >= 0n && length <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(length);
    throw this.#back(start, new Malformed(`it declares a length of ${length} bytes`));
  }

  /** Text byte for byte: a byte order mark and NUL characters stay. */
  string(): string {
    const before = this.position;
    const length = this.length();
    const start = this.#skip(length, before);
    const text = this.bytes.toString('utf8', start, this.position);
    if (text.includes(REPLACEMENT) && !isUtf8(this.bytes.subarray(start, this.position)))
      throw this.#back(before, new Malformed('the text is not valid UTF-8'));
    return text;
  }

  /** `length` bytes; a view, gone when the block is. */
  view(length: number): Buffer {
    const start = this.#skip(length);
    return this.bytes.subarray(start, this.position);
  }

  /** The place of a branch or symbol among `count`. */
  index(count: number, of: 'branch' | 'symbol'): number {
    const start = this.position;
    const index = this.long();
    if (index >= 0n && index < BigInt(count)) return Number(index);
    throw this.#back(start, new Malformed(`it names ${of} ${index} of ${count}, counted from 0`));
  }

  /**
   * The items of an array or the entries of a map. `fewest` is the least number of bytes of one; a count that the
   * bytes cannot hold fails before anything is read.
   */
  items(fewest: number, item: () => void): void {
    this.nested(() => {
      for (let count = this.itemCount(fewest); count > 0n; count = this.itemCount(fewest))
        for (let n = 0; n < count; n += 1) item();
    });
  }

  /** How many items the next part of an array or map has; 0 at its end. */
  itemCount(fewest: number): bigint {
    const start = this.position;
    const declared = this.long();
    const count = declared < 0n ? -declared : declared;
    if (declared < 0n) this.length();
    if (count * BigInt(fewest) <= BigInt(this.remaining)) return count;
    const message = `${count} items should follow, but only ${this.remaining} bytes are left`;
    throw this.#back(start, new EndsEarly(message));
  }

  /** Runs `read` one level deeper; ends values that nest without end. */
  nested(read: () => void): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw new Malformed(`the value is nested more than ${MAX_DEPTH} levels deep`);
    read();
    this.#depth -= 1;
  }

  /** Steps over `length` bytes and returns where they start. */
  #skip(length: number, back = this.position): number {
    const start = this.position;
    const { remaining } = this;
    if (length > remaining)
      throw this.#back(back, new EndsEarly(`${length} bytes should follow, but only ${remaining} are left`));
    this.position = start + length;
    return start;
  }

  #back(position: number, error: Malformed): Malformed {
    this.position = position;
    return error;
  }
}
