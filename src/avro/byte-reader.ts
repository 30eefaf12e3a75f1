import { HeaploadError } from '../errors.js';
import type { ByteSource } from './types.js';

/**
 * Bytes of a source, taken in pieces of any length. Holds what was asked for and at most one chunk of the source
 * more, whatever lengths a file declares.
 */
export class ByteReader {
  /** Bytes taken so far: the offset of the next one. */
  position = 0;
  /** Bytes that have arrived and were not taken. */
  available = 0;
  ended = false;
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #chunks: Uint8Array[] = [];

  constructor(source: ByteSource, signal?: AbortSignal) {
    this.#source = source[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Waits until `length` bytes are available; false when the source ends before. */
  async fill(length: number): Promise<boolean> {
    while (this.available < length && !this.ended) {
      throwIfInterrupted(this.#signal);
      const next = await this.#source.next();
      if (next.done === true) this.ended = true;
      else if (next.value.length > 0) {
        this.#chunks.push(next.value);
        this.available += next.value.length;
      }
    }
    return this.available >= length;
  }

  /** What is available, up to `length` bytes, without taking it. */
  peek(length: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) return new Uint8Array(0);
    if (first.length >= length || this.#chunks.length === 1) return first.subarray(0, length);
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole.subarray(0, length);
  }

  /** Goes on by so many bytes, which are available. */
  advance(length: number): void {
    if (length > this.available) throw new RangeError(`${length} bytes taken of ${this.available}`);
    this.position += length;
    this.available -= length;
    let rest = length;
    while (rest > 0) {
      const first = this.#chunks[0];
      if (first === undefined) return;
      if (first.length > rest) this.#chunks[0] = first.subarray(rest);
      else this.#chunks.shift();
      rest -= first.length;
    }
  }

  /** Closes the source, wherever it stands. */
  async close(): Promise<void> {
    if (!this.ended) await this.#source.return?.();
    this.ended = true;
    this.#chunks = [];
    this.available = 0;
  }
}

/** Throws when the signal was aborted: its reason if that is a HeaploadError, else `INTERRUPTED`. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const reason: unknown = signal.reason;
  if (reason instanceof HeaploadError) throw reason;
  throw new HeaploadError('INTERRUPTED', 'Reading an Avro file was stopped.', {
    hint: 'Nothing half read was kept; run it again.',
    cause: reason,
  });
}
