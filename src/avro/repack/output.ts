/** Up to here bytes are copied in a loop; a native call costs as much as that many. */
const LOOP_BYTES = 32;

/** Bytes in the making, in Avro's binary encoding. They lie in one buffer that is used again and again. */
export class Output {
  bytes: Buffer;
  /** Bytes written. */
  length = 0;
  readonly #usual: number;

  /** `usual` bytes are held from the start; what takes more is let go of by the next `clear`. */
  constructor(usual: number) {
    this.#usual = usual;
    this.bytes = Buffer.allocUnsafeSlow(usual);
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > 2 * this.#usual) this.bytes = Buffer.allocUnsafeSlow(this.#usual);
  }

  /** Makes room for `more` bytes behind those written. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.written());
    this.bytes = larger;
  }

  /** A view, good until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** `count` times the branch of null. */
  nulls(count: number): void {
    this.reserve(count);
    this.bytes.fill(0, this.length, this.length + count);
    this.length += count;
  }

  /** A number as Avro writes it: zigzag, then seven bits a byte, lowest first. */
  long(value: bigint): void {
    let raw = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; raw >= 0x80n; raw >>= 7n) this.byte(Number(raw & 0x7fn) | 0x80);
    this.byte(Number(raw));
  }

  /** A whole number from 0 to 2^52, as {@link long} writes it. */
  count(value: number): void {
    let raw = 2 * value;
    for (; raw >= 0x80; raw = Math.floor(raw / 128)) this.byte((raw % 128) | 0x80);
    this.byte(raw);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The bytes of another buffer from `start` to `end`. */
  span(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    if (size === 0) return;
    this.reserve(size);
    if (size > LOOP_BYTES) this.bytes.set(bytes.subarray(start, end), this.length);
    else {
      const shift = this.length - start;
      for (let at = start; at < end; at += 1) this.bytes[at + shift] = bytes[at] ?? 0;
    }
    this.length += size;
  }

  /** With its length in front. */
  binary(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.append(bytes);
  }

  /** With its length in front. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.count(length);
    this.reserve(length);
    this.length += this.bytes.write(text, this.length);
  }
}
