import { randomUUID } from 'node:crypto';
import { SnowflakeError, placeOf } from './errors.js';
import type { Outcome } from './run-statement.js';
import type { StandInSession } from './sessions.js';

/** A statement that the account has been sent, as its query history keeps it. */
export interface Query {
  readonly id: string;
  readonly requestId: string;
  readonly session: StandInSession;
  readonly sql: string;
  readonly tag: string;
  readonly abort: AbortController;
  /** Settled when it is done. */
  readonly done: Promise<void>;
  state: { readonly kind: 'running' } | { readonly kind: 'done'; readonly outcome: Outcome } | Failed;
  /** How often a question for its result is still answered with "in progress". */
  polls: number;
}

interface Failed {
  readonly kind: 'failed';
  readonly error: SnowflakeError;
}

/** All queries of the account, by their id, and by session and request. */
export class Queries {
  readonly #byId = new Map<string, Query>();
  readonly #byRequest = new Map<string, Query>();

  /** The one that this request of the session has started already. */
  repeated(session: StandInSession, requestId: string): Query | undefined {
    return this.#byRequest.get(`${session.id} ${requestId}`);
  }

  byId(id: string): Query | undefined {
    return this.#byId.get(id);
  }

  get all(): readonly Query[] {
    return [...this.#byId.values()];
  }

  start(
    session: StandInSession,
    requestId: string,
    sql: string,
    tag: string,
    work: (signal: AbortSignal) => Promise<Outcome>,
  ): Query {
    const abort = new AbortController();
    let settle = (): void => undefined;
    const query: Query = {
      id: newQueryId(),
      requestId,
      session,
      sql,
      tag,
      abort,
      done: new Promise<void>((resolve) => {
        settle = resolve;
      }),
      state: { kind: 'running' },
      polls: 0,
    };
    this.#byId.set(query.id, query);
    this.#byRequest.set(`${session.id} ${requestId}`, query);
    void this.#run(query, work).then(settle);
    return query;
  }

  async #run(query: Query, work: (signal: AbortSignal) => Promise<Outcome>): Promise<void> {
    try {
      query.state = { kind: 'done', outcome: await work(query.abort.signal) };
    } catch (error) {
      const failure =
        error instanceof SnowflakeError
          ? error
          : new SnowflakeError('000603', 'XX000', `SQL execution internal error:\n${String(error)}`);
      query.state = { kind: 'failed', error: failure };
    }
  }

  /** Ends a running query; one that waits for its turn never starts. */
  cancel(query: Query): void {
    if (query.state.kind !== 'running') return;
    query.abort.abort();
    query.session.connection.interrupt();
  }
}

function newQueryId(): string {
  return `01${randomUUID().slice(2)}`;
}

/** The body that answers a query: its result, its failure, or that it is not done yet. */
export function answerQuery(query: Query): object {
  const { state, session } = query;
  const where = {
    finalDatabaseName: session.database ?? null,
    finalSchemaName: session.schema ?? null,
    finalWarehouseName: session.warehouse ?? null,
    finalRoleName: session.role ?? null,
  };
  if (state.kind === 'running' || query.polls > 0) {
    const data = { queryId: query.id, getResultUrl: `/queries/${query.id}/result`, ...where };
    return { data, code: '333333', message: null, success: true };
  }
  if (state.kind === 'failed') return answerError(state.error, query);
  const { outcome } = state;
  if ('upload' in outcome) {
    return { data: { queryId: query.id, ...outcome.upload }, code: null, message: null, success: true };
  }
  const data = {
    queryId: query.id,
    rowtype: outcome.columns,
    rowset: outcome.rows,
    total: outcome.rows.length,
    returned: outcome.rows.length,
    parameters: PARAMETERS,
    statementTypeId: outcome.statementType,
    version: 1,
    queryResultFormat: 'json',
    ...where,
  };
  return { data, code: null, message: null, success: true };
}

const PARAMETERS = [
  { name: 'TIMEZONE', value: 'UTC' },
  { name: 'DATE_OUTPUT_FORMAT', value: 'YYYY-MM-DD' },
  { name: 'TIMESTAMP_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM' },
  { name: 'TIMESTAMP_NTZ_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3' },
  { name: 'BINARY_OUTPUT_FORMAT', value: 'HEX' },
  { name: 'CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', value: 65_280 },
] as const;

export function answerError(error: SnowflakeError, query?: Query): object {
  const place = error.place ?? placeOf('', 0);
  const data = {
    errorCode: error.code,
    sqlState: error.sqlState,
    internalError: false,
    type: error.message.startsWith('SQL compilation error') ? 'COMPILATION' : 'EXECUTION',
    ...(error.place === undefined ? {} : place),
    ...(query === undefined ? {} : { queryId: query.id }),
  };
  return { data, code: error.code, message: error.message, success: false };
}
