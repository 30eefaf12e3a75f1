import type { ByteSource } from '../avro/types.js';
import type { TransferFile } from '../warehouse/contract.js';

/** Bytes. A larger file keeps its connection busy by itself. */
const SMALL = 256 * 1024;
/** Files read ahead at most; with {@link SMALL} the bound of the memory this takes. */
const AHEAD = 16;

type Open = (file: TransferFile, signal: AbortSignal) => ByteSource;

/** A load of ten thousand small files would mostly wait for answers; so the next few are fetched meanwhile. */
export interface ReadAhead {
  open(file: TransferFile): ByteSource;
  /** Drops what was fetched and not asked for. */
  stop(): void;
}

/** Expects files to be opened once, more or less in their order; what fails ahead fails when it is opened. */
export function readAhead(files: readonly TransferFile[], open: Open, signal: AbortSignal): ReadAhead {
  const stopping = new AbortController();
  const interrupt = (): void => {
    stopping.abort(signal.reason);
  };
  signal.addEventListener('abort', interrupt);
  const fetched = new Map<TransferFile, Promise<readonly Uint8Array[]>>();
  let next = 0;

  const fetch = (file: TransferFile): void => {
    const content = whole(open(file, stopping.signal));
    // It is looked at when the file is opened, which may be never.
    content.catch(() => undefined);
    fetched.set(file, content);
  };
  const advance = (place: number): void => {
    next = Math.max(next, place + 1);
    for (; next < files.length && fetched.size < AHEAD; next += 1) {
      const file = files[next];
      if (file === undefined || file.size > SMALL) return;
      fetch(file);
    }
  };
  const places = new Map(files.map((file, place) => [file, place]));
  return {
    open: (file) => {
      const content = fetched.get(file);
      fetched.delete(file);
      advance(places.get(file) ?? files.length);
      return content === undefined ? open(file, signal) : replay(content);
    },
    stop: () => {
      signal.removeEventListener('abort', interrupt);
      stopping.abort();
      fetched.clear();
    },
  };
}

async function whole(bytes: ByteSource): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return chunks;
}

async function* replay(content: Promise<readonly Uint8Array[]>): ByteSource {
  yield* await content;
}
