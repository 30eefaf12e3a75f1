import { isUtf8 } from 'node:buffer';
import { Cursor } from '../cursor.js';
import { Output } from './output.js';

/** Up to here bytes are cleared in a loop; a native call costs as much as that many. */
const LOOP_BYTES = 32;
const USUAL_BYTES = 128 * 1024;

/** A block on its way into the container. Holds two copies of it, whose memory the next block takes over. */
export class BlockCopy {
  /** In front of what comes next in the block as it was read. */
  cursor = new Cursor(new Uint8Array(0));
  /** The block with the branch bytes of the container: what is copied from. */
  source: Buffer = this.cursor.bytes;
  /**
   * The block with 0 in place of all bytes from 0x80 on that are not part of a plain field's text. Since a length or
   * a branch stands between any two texts, it is valid UTF-8 exactly when each text is.
   */
  text: Buffer = this.cursor.bytes;
  readonly #source = new Output(USUAL_BYTES);
  readonly #text = new Output(USUAL_BYTES);

  /** `isRewritten`: whether a branch byte may have to change. */
  start(bytes: Uint8Array, isRewritten: boolean): void {
    this.cursor = new Cursor(bytes);
    this.source = isRewritten ? copied(this.#source, bytes) : this.cursor.bytes;
    this.text = copied(this.#text, bytes);
  }

  /** Notes that the bytes up to `end` are no text; gives `end`, or -1 when the block ends before. */
  passOver(start: number, end: number): number {
    const { text } = this;
    if (end > text.length) return -1;
    if (end - start > LOOP_BYTES) text.fill(0, start, end);
    else for (let at = start; at < end; at += 1) text[at] = 0;
    return end;
  }

  /** False when the text of some plain field in front of the cursor is not valid UTF-8. */
  textIsValid(): boolean {
    return isUtf8(this.text.subarray(0, this.cursor.position));
  }
}

function copied(into: Output, bytes: Uint8Array): Buffer {
  into.clear();
  into.append(bytes);
  return into.written();
}
