/** What can go wrong with one request. */
export type Fault =
  /** That status instead of an answer; nothing is done. */
  | { readonly kind: 'status'; readonly status: number }
  /** Everything is done, and the connection is cut instead of an answer. */
  | { readonly kind: 'drop-reply' }
  /** Everything is done, and the answer ends in the middle, after which the driver does not ask again by itself. */
  | { readonly kind: 'garbled-reply' }
  /** The connection is cut before anything is done. */
  | { readonly kind: 'reset' }
  /** The session's token is no longer good; it can be renewed. */
  | { readonly kind: 'session-expired' }
  /** Neither is the master token: the session is lost. */
  | { readonly kind: 'master-expired' }
  /** The session is gone, as after its role or user was dropped. */
  | { readonly kind: 'session-gone' }
  /** The statement works on while that many questions for its result are answered with "in progress". */
  | { readonly kind: 'slow'; readonly polls: number }
  /** The statement is not carried out and answered with that error. */
  | { readonly kind: 'error'; readonly code: string; readonly sqlState: string; readonly message: string }
  /** No answer; the connection stays open. */
  | { readonly kind: 'hang' };

export interface SeenRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Of a query-request. */
  readonly sql: string | undefined;
}

/** A pattern is one of the statement's text, or of the path of a request without one. */
export type When = RegExp | ((request: SeenRequest) => boolean);

interface Rule {
  readonly when: When;
  readonly fault: Fault;
  left: number;
}

/** Faults to come, in the order they were asked for. */
export class Faults {
  readonly #rules: Rule[] = [];

  add(when: When, fault: Fault, times: number): void {
    this.#rules.push({ when, fault, left: times });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  next(request: SeenRequest): Fault | undefined {
    const rule = this.#rules.find(({ left, when }) => left > 0 && strikes(when, request));
    if (rule !== undefined) rule.left -= 1;
    return rule?.fault;
  }
}

function strikes(when: When, request: SeenRequest): boolean {
  return when instanceof RegExp ? when.test(request.sql ?? request.path) : when(request);
}
