import { type ColumnBuffer, INLINED } from './column-buffer.js';

/** Texts longer than this are copied by the engine; shorter ones word by word, which is quicker. */
const LONG_COPY = 256;

/** Copies texts and byte strings out of a window into column buffers. */
export class TextWriter {
  /** Bytes put into heaps. */
  bytes = 0;

  /** Copies `size` bytes at `at`, which the window has, and eleven more behind them. */
  put(column: ColumnBuffer, window: Uint8Array, view: DataView, at: number, size: number, row: number): void {
    const { words } = column;
    const entry = row * 4;
    words[entry] = size;
    if (size <= INLINED) {
      words[entry + 1] = view.getUint32(at, true) & (FIRST_MASK[size] ?? 0);
      words[entry + 2] = view.getUint32(at + 4, true) & (SECOND_MASK[size] ?? 0);
      words[entry + 3] = view.getUint32(at + 8, true) & (THIRD_MASK[size] ?? 0);
      return;
    }
    const heapAt = column.heapLength;
    if (heapAt + size + 8 > column.heap.length) column.reserve(size);
    words[entry + 1] = view.getUint32(at, true);
    words[entry + 2] = heapAt;
    words[entry + 3] = 0;
    column.long[column.longCount++] = row;
    if (size > LONG_COPY) {
      column.heap.set(window.subarray(at, at + size), heapAt);
    } else {
      const { heapView } = column;
      // Copies up to three bytes too many, into room that is there for it.
      for (let n = 0; n < size; n += 4) heapView.setUint32(heapAt + n, view.getUint32(at + n, true), true);
    }
    column.heapLength = heapAt + size;
    this.bytes += size;
  }
}

const masks = (start: number): Uint32Array<ArrayBuffer> =>
  Uint32Array.from({ length: INLINED + 1 }, (_, size) => {
    const bytes = Math.min(Math.max(size - start, 0), 4);
    return bytes === 4 ? 0xffff_ffff : 2 ** (8 * bytes) - 1;
  });
const FIRST_MASK = masks(0);
const SECOND_MASK = masks(4);
const THIRD_MASK = masks(8);
