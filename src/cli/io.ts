/** What a command may touch of its surroundings; tests give their own. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A person is watching: progress bars and questions make sense. */
  readonly interactive: boolean;
  /** Whether what is written there may hold escapes for colours. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks a question; only called when `interactive`. */
  readonly ask: (question: string) => Promise<string>;
}

/** Whether colours may go to a stream. Its `isTTY` is undefined, not false, where it is no terminal. */
export function takesColor(stream: { readonly isTTY?: boolean }, env: Io['env']): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
