import { ServiceError } from './errors.js';
import type { JobType } from './jobs.js';

/** What a fault strikes; what is left out matches all. */
export interface FaultTarget {
  readonly method?: string;
  /** Tested against the path without its query. */
  readonly path?: RegExp;
  /** Only requests that start a job of that type, or, with `sql`, whose query matches. */
  readonly job?: JobType;
  readonly sql?: RegExp;
}

export type Fault =
  /** Answers with an error and does nothing. */
  | { readonly kind: 'refuse'; readonly status: number; readonly reason: string; readonly message?: string }
  /** Does the work, then breaks the connection instead of answering. */
  | { readonly kind: 'drop-reply' }
  /** Breaks the connection after so many bytes of the body, before any work. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** The job is seen running so many times before its work begins. */
  | { readonly kind: 'slow'; readonly polls: number }
  /** The job ends with an error, by default without having done anything. */
  | {
      readonly kind: 'fail-job';
      readonly reason: string;
      readonly message?: string;
      readonly afterWork?: boolean;
    };

export interface JobFault {
  readonly polls?: number;
  readonly error?: ServiceError;
  readonly afterWork?: boolean;
}

interface Armed {
  readonly target: FaultTarget;
  readonly fault: Fault;
  left: number;
}

/** Failures told to happen, each so many times. */
export class Faults {
  #armed: Armed[] = [];

  add(target: FaultTarget, fault: Fault, times: number): void {
    this.#armed.push({ target, fault, left: times });
  }

  clear(): void {
    this.#armed = [];
  }

  /** How many of the failures told have not happened yet. */
  get left(): number {
    return this.#armed.reduce((sum, { left }) => sum + left, 0);
  }

  /** Known before the body is read. */
  forConnection(method: string, path: string): Extract<Fault, { kind: 'reset' }> | undefined {
    const found = this.#take((armed) => armed.fault.kind === 'reset' && isAt(armed.target, method, path));
    return found?.kind === 'reset' ? found : undefined;
  }

  /** Known once the body is read: `job` and `sql` are those of the job it starts. */
  forRequest(
    method: string,
    path: string,
    job: JobType | undefined,
    sql: string,
  ): Extract<Fault, { kind: 'refuse' | 'drop-reply' }> | undefined {
    const found = this.#take(
      ({ fault, target }) =>
        (fault.kind === 'refuse' || fault.kind === 'drop-reply') &&
        isAt(target, method, path) &&
        isOf(target, job, sql),
    );
    return found?.kind === 'refuse' || found?.kind === 'drop-reply' ? found : undefined;
  }

  forJob(job: JobType, sql: string): JobFault | undefined {
    const found = this.#take(
      ({ fault, target }) => (fault.kind === 'slow' || fault.kind === 'fail-job') && isOf(target, job, sql),
    );
    if (found?.kind === 'slow') return { polls: found.polls };
    if (found?.kind !== 'fail-job') return undefined;
    const { reason, message = `The job failed: ${reason}`, afterWork = false } = found;
    return { error: new ServiceError(statusOf(reason), reason, message), afterWork };
  }

  #take(matches: (armed: Armed) => boolean): Fault | undefined {
    const found = this.#armed.find((armed) => armed.left > 0 && matches(armed));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  }
}

function isAt(target: FaultTarget, method: string, path: string): boolean {
  return (target.method ?? method) === method && (target.path?.test(path) ?? true);
}

function isOf(target: FaultTarget, job: JobType | undefined, sql: string): boolean {
  return (target.job ?? job) === job && (target.sql?.test(sql) ?? true);
}

const STATUSES: Readonly<Record<string, number>> = {
  accessDenied: 403,
  quotaExceeded: 403,
  rateLimitExceeded: 403,
  jobRateLimitExceeded: 400,
  notFound: 404,
  backendError: 503,
  jobBackendError: 400,
  internalError: 500,
  jobInternalError: 400,
};

/** HTTP status that goes with a reason of the service. */
export function statusOf(reason: string): number {
  return STATUSES[reason] ?? 400;
}
