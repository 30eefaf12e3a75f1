import type { Engine } from './engine.js';

/** No field of a plain type reaches further behind the end of its block before that is noticed. */
const PADDING = 32;
/** The assembly copies up to so many bytes more than it has to. */
const OVERHANG = 48;
const ALIGNMENT = 16;

/**
 * The blocks of a batch, decompressed, in the memory of its engine: long texts stay where they are until the batch is
 * taken. One block is open at a time. Behind them is room for what is needed for a moment.
 */
export class Window {
  readonly #engine: Engine;
  readonly #base: number;
  /** Where the open block begins. */
  #origin: number;
  /** Where what the batch needs begins. */
  #from: number;
  /** Where the open block ends. */
  #end: number;
  /** Where the next one can stand. */
  #top: number;
  #age = 0;
  /** Bytes of the open block that were read. */
  position = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#base = engine.assembly.allocated();
    this.#origin = this.#from = this.#end = this.#top = this.#base;
  }

  /** Where the open block begins: its bytes before `position` need not be there any more. */
  get origin(): number {
    return this.#origin;
  }

  /** Where the open block ends. */
  get end(): number {
    return this.#end;
  }

  /** Bytes of blocks before the open one that the batch needs. */
  get held(): number {
    return Math.max(this.#origin - this.#from, 0);
  }

  /** Another one as soon as what was put behind the blocks may be gone. */
  get age(): number {
    return this.#age;
  }

  /** Opens a block. `isEmpty`: no row of the batch stands in one before. */
  open(bytes: Uint8Array, isEmpty: boolean): void {
    if (isEmpty) {
      this.#from = this.#top = this.#base;
      this.#age += 1;
    }
    this.#origin = this.#top;
    this.position = 0;
    this.#end = this.#origin + bytes.length;
    this.#top = align(this.#end + PADDING);
    this.#engine.reach(this.#top);
    this.#engine.bytes.set(bytes, this.#origin);
    this.#engine.bytes.fill(0, this.#end, this.#top);
  }

  /** Room behind the blocks for as long as `age` stays the same. */
  take(length: number): number {
    const at = this.#top;
    this.#top = align(at + length);
    this.#engine.reach(this.#top);
    return at;
  }

  /** Room behind all that until the next call of anything here. */
  scratch(length: number): number {
    this.#engine.reach(this.#top + length + OVERHANG);
    return this.#top;
  }

  /**
   * The rows of the batch were taken. What is left of the open block moves to the front when it fits there, so that the
   * window does not wander through the memory.
   */
  release(): void {
    const at = this.#origin + this.position;
    const left = this.#end - at;
    this.#from = at;
    if (left > at - this.#base) return;
    this.#age += 1;
    this.#engine.bytes.copyWithin(this.#base, at, this.#end + PADDING);
    this.#from = this.#base;
    this.#origin = this.#base - this.position;
    this.#end = this.#base + left;
    this.#top = align(this.#end + PADDING);
  }
}

function align(at: number): number {
  return Math.ceil(at / ALIGNMENT) * ALIGNMENT;
}
