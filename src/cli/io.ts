/** What a command may touch of its surroundings; tests give their own. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A person is watching: progress bars and questions make sense. */
  readonly interactive: boolean;
  readonly color: boolean;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Asks a question; only called when `interactive`. */
  readonly ask: (question: string) => Promise<string>;
}
