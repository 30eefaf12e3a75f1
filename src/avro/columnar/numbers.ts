const WORD = 2 ** 32;

/**
 * Reads numbers of variable length, zigzag and in groups of seven bits, out of a window, and writes zeros over bytes of
 * theirs above 0x7f. A 64-bit number is left as two 32-bit halves, without a BigInt.
 */
export class NumberReader {
  low = 0;
  high = 0;

  /** Whether the number read last is a 32-bit one. */
  get isInt(): boolean {
    return this.high === this.low >> 31;
  }

  /** Gives the byte behind the number; -1: it has more than 64 bits. */
  read(window: Uint8Array, at: number): number {
    let byte = window[at] ?? 0;
    if (byte < 0x80) {
      this.low = (byte >>> 1) ^ -(byte & 1);
      this.high = this.low >> 31;
      return at + 1;
    }
    let low = byte & 0x7f;
    let middle = 0;
    let top = 0;
    let n = 0;
    while (byte >= 0x80 && n < 9) {
      window[at + n] = 0;
      n += 1;
      byte = window[at + n] ?? 0;
      if (n < 4) low |= (byte & 0x7f) << (7 * n);
      else if (n < 8) middle |= (byte & 0x7f) << (7 * (n - 4));
      else top |= (byte & 0x7f) << (7 * (n - 8));
    }
    if (byte >= 0x80 || (n === 9 && byte > 1)) return -1;
    const rawLow = low | (middle << 28);
    const rawHigh = (middle >>> 4) | (top << 24);
    const sign = -(rawLow & 1);
    this.low = ((rawLow >>> 1) | (rawHigh << 31)) ^ sign;
    this.high = (rawHigh >>> 1) ^ sign;
    return at + n + 1;
  }

  /** Turns the number read last from milliseconds into microseconds; false: a double cannot hold them exactly. */
  toMicros(): boolean {
    const micros = (this.high * WORD + (this.low >>> 0)) * 1000;
    if (!Number.isSafeInteger(micros)) return false;
    this.low = micros | 0;
    this.high = Math.floor(micros / WORD);
    return true;
  }

  /** Gives the byte behind a number that nobody wants; -1: it takes more than `most` bytes. */
  pass(window: Uint8Array, at: number, most: number): number {
    for (let n = at; n < at + most; n += 1) {
      if ((window[n] ?? 0) < 0x80) return n + 1;
      window[n] = 0;
    }
    return -1;
  }

  /** A length that takes two or three bytes, doubled as it is written; 1: it is no such one. */
  length(window: Uint8Array, at: number): number {
    const first = window[at] ?? 0;
    const second = window[at + 1] ?? 0;
    if (second < 0x80) {
      window[at] = 0;
      // In fewer bytes it would have been enough: not what a writer does, so left to the reader of values.
      return second === 0 ? 1 : (first & 0x7f) | (second << 7);
    }
    const third = window[at + 2] ?? 0;
    if (third >= 0x80 || third === 0) return 1;
    window[at] = 0;
    window[at + 1] = 0;
    return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  }
}
