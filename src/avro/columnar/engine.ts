import { readFileSync } from 'node:fs';

/**
 * What `assembly/` exports; its source says what each does. Numbers are 32 bits wide, places are bytes of `memory`, which
 * the build keeps below 2 GiB so that no place is negative.
 */
interface Assembly {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly reach: (end: number) => number;
  readonly allocated: () => number;
  readonly makeColumn: (width: number, capacity: number) => number;
  readonly clearColumn: (column: number, capacity: number) => void;
  readonly dataOf: (column: number) => number;
  readonly validityOf: (column: number) => number;
  readonly longCount: (column: number) => number;
  readonly hasNulls: (column: number, rows: number) => number;
  readonly count: (column: number, row: number, rows: number, first: number, step: number) => void;
  readonly gatherTexts: (column: number, to: number) => number;
  readonly pointToTexts: (column: number, low: number, high: number) => void;
  readonly programBytes: (fields: number) => number;
  readonly setField: (
    program: number,
    field: number,
    operation: number,
    nullBranch: number,
    column: number,
  ) => void;
  readonly textBytes: () => number;
  readonly addText: (bytes: number) => void;
  readonly resetText: () => void;
  readonly readRows: (
    program: number,
    fields: number,
    at: number,
    end: number,
    row: number,
    most: number,
    mostText: number,
  ) => number;
  readonly rowPosition: () => number;
}

/** Reads the field that begins at `at`, for a row of the batch; gives where the next one begins. */
export type ReadOther = (field: number, at: number, row: number) => number;

/** As much of the global of that name as is used; Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly host: { readonly other: ReadOther } },
  ) => { readonly exports: object };
};

let compiled: object | undefined;

/** The assembly with a memory of its own. */
export class Engine {
  readonly assembly: Assembly;
  /** Reads what the assembly does not; set by whoever has rows read. */
  other: ReadOther = () => {
    throw new Error('no reader is set');
  };
  #bytes = new Uint8Array(0);

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('rows.wasm', import.meta.url)));
    const host = { other: (field: number, at: number, row: number) => this.other(field, at, row) };
    this.assembly = new WebAssembly.Instance(compiled, { host }).exports as Assembly;
  }

  /** All of the memory; not to be kept, since growing takes it away. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.assembly.memory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }

  /** Makes sure that the memory has bytes up to `end`. Throws `RangeError` when it may not become as large. */
  reach(end: number): void {
    if (end >= 2 ** 31 || this.assembly.reach(end) === 0)
      throw new RangeError(`rows in memory take ${end} bytes, more than are possible`);
  }
}
