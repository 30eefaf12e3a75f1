/** How {@link workThrough} goes about it. */
export interface Order<N, R> {
  /** Most nodes that are worked on at the same time. */
  readonly width: number;
  readonly keyOf: (node: N) => string;
  /** Throws what ends everything; nothing else is begun then. */
  readonly work: (node: N, results: ReadonlyMap<string, R>) => Promise<R>;
}

/**
 * Works on nodes as soon as those named in `after` are done, in their order, some at a time. What is under way is waited
 * for, also when an error ends it all.
 */
export async function workThrough<N extends { readonly after: readonly string[] }, R>(
  nodes: readonly N[],
  { width, keyOf, work }: Order<N, R>,
): Promise<void> {
  const results = new Map<string, R>();
  const waiting = [...nodes];
  const running = new Set<Promise<void>>();
  const start = (node: N): void => {
    const job = work(node, results).then((result) => {
      results.set(keyOf(node), result);
      running.delete(job);
    });
    running.add(job);
  };
  try {
    while (waiting.length > 0 || running.size > 0) {
      while (running.size < width) {
        const at = waiting.findIndex((node) => node.after.every((key) => results.has(key)));
        const [node] = at < 0 ? [] : waiting.splice(at, 1);
        if (node === undefined) break;
        start(node);
      }
      await Promise.race(running);
    }
  } finally {
    // What is under way ends before its sessions are closed.
    await Promise.allSettled(running);
  }
}
