import type { Session } from '../warehouse/contract.js';

/** Sessions are not for concurrent use: whoever works has one to itself, and puts it back. */
export class Sessions {
  readonly #connect: () => Promise<Session>;
  readonly #idle: Session[];
  readonly #opened: Session[] = [];

  /** `own`: a session that is there already; it is used first and stays open. */
  constructor(connect: () => Promise<Session>, own?: Session) {
    this.#connect = connect;
    this.#idle = own === undefined ? [] : [own];
  }

  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = this.#idle.pop() ?? (await this.#open());
    try {
      return await work(session);
    } finally {
      this.#idle.push(session);
    }
  }

  /** Closes those it opened. */
  async close(): Promise<void> {
    for (const session of this.#opened) await session.close();
  }

  async #open(): Promise<Session> {
    const session = await this.#connect();
    this.#opened.push(session);
    return session;
  }
}
