import { MessageChannel } from 'node:worker_threads';

/** Nobody listens: what is transferred to it is gone. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Gives the memory of bytes back at once; they are empty afterwards. To the collector a decompressed block is small, so
 * it would let many lie about, and then mark all that lives, again and again: a twentieth of a load and more. Bytes that
 * share their memory with others are left to it.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  nowhere.postMessage(undefined, [buffer]);
}
