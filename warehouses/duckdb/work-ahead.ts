/** Work on items, of which several are under way. */
export interface Ahead<R> {
  /** What came of the next item, in the order of the items; throws what its work threw. */
  next(): Promise<R>;
  /** Tells what is under way to stop, and waits until it has. */
  stop(): Promise<void>;
}

/**
 * Works on up to `width` items at the same time: the one that is asked for next, and those behind it. Work is told to stop
 * by {@link Ahead.stop} and by `signal`.
 */
export function workAhead<T, R>(
  items: readonly T[],
  { width, signal }: { readonly width: number; readonly signal: AbortSignal },
  work: (item: T, signal: AbortSignal) => Promise<R>,
): Ahead<R> {
  const stopping = new AbortController();
  const stopped = AbortSignal.any([signal, stopping.signal]);
  const underWay: Promise<R>[] = [];
  const rest = items.values();
  const advance = (): void => {
    while (underWay.length < width) {
      const next = rest.next();
      if (next.done === true) return;
      const result = work(next.value, stopped);
      // It is looked at when its turn comes, which may be never.
      result.catch(() => undefined);
      underWay.push(result);
    }
  };
  return {
    async next() {
      advance();
      const [first] = underWay;
      if (first === undefined) throw new Error('more was asked for than there is');
      const result = await first;
      void underWay.shift();
      advance();
      return result;
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(underWay);
    },
  };
}
