import { randomUUID } from 'node:crypto';
import type { Column, Connection, RowStatement, StatementOption } from 'snowflake-sdk';
import { type Patience, retrying } from '../../src/backoff.js';
import { interrupted } from '../../src/errors.js';
import type { Statement } from '../../src/warehouse/contract.js';
import { isReplyLost } from './errors.js';
import { AS_TEXT } from './values.js';

/** A statement on its way to Snowflake. */
export interface Request {
  readonly sql: string;
  /** By place, from `:1`. */
  readonly binds?: (string | null)[];
  /** Shown in the query history. */
  readonly queryTag: string;
  /** Where a PUT finds the file it names. */
  readonly directory?: string;
  /** Where it stands in a transaction. */
  readonly transaction?: Statement['transaction'];
  /** Stops the statement in Snowflake too. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows inserted, updated and deleted. */
  readonly changed: number;
  /** Where the session stands behind the statement; undefined: nowhere. */
  readonly place: Place;
}

export interface Place {
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
}

/** Each time the driver itself has asked over a minute before it gave up. */
const LOOK_UPS: Patience = { attempts: 3, pauseMs: 1000, longestPauseMs: 4000 };

/** Snowflake may end a transaction that has been idle for five minutes. */
const SURELY_OPEN_MS = 4 * 60_000;

/** What is known of a statement by now. */
interface Sent {
  /** Makes it one statement however often it is sent. */
  readonly requestId: string;
  readonly since: number;
  /** Snowflake's own; known once an answer has come, such as that it is not done yet. */
  queryId: string | undefined;
  statement: Pick<RowStatement, 'cancel'> | undefined;
}

/**
 * Sends a statement and waits for its end. A reply that is lost is asked for again, by the driver first, and then here:
 * by the statement's query id, or else by its request id, under which Snowflake answers with what the first one did.
 * Throws what the driver throws, or `INTERRUPTED`. What {@link isReplyLost} of it may have been carried out.
 */
export async function send(connection: Connection, request: Request): Promise<Answer> {
  const { signal } = request;
  const sent = newlySent();
  let lost: unknown;
  let isOver = false;
  const attempt = async (n: number): Promise<Answer> => {
    if (signal.aborted) {
      sent.statement?.cancel();
      throw interrupted();
    }
    if (n > 1 && !(await canBeAskedFor(connection, request, sent))) {
      isOver = true;
      throw lost;
    }
    return await ask(connection, request, sent).catch((error: unknown) => {
      lost = error;
      throw error;
    });
  };
  const isPassing = (error: unknown): boolean => !isOver && isReplyLost(error);
  return await retrying(attempt, { patience: LOOK_UPS, signal, isPassing });
}

/** The same, but a reply that the driver cannot get is not looked up. */
export async function sendOnce(connection: Connection, request: Request): Promise<Answer> {
  if (request.signal.aborted) throw interrupted();
  return await ask(connection, request, newlySent());
}

function newlySent(): Sent {
  return { requestId: randomUUID(), since: performance.now(), queryId: undefined, statement: undefined };
}

/**
 * False where a statement that never arrived would now do another thing: its transaction is gone, and it would be
 * committed by itself, or as a COMMIT succeed with nothing to commit.
 */
async function canBeAskedFor(connection: Connection, request: Request, sent: Sent): Promise<boolean> {
  const { transaction, queryTag, signal } = request;
  if (sent.queryId !== undefined || transaction === undefined || transaction === 'begin') return true;
  const { rows } = await sendOnce(connection, { sql: 'SELECT CURRENT_TRANSACTION()', queryTag, signal });
  const isOpen = (rows[0]?.[0] ?? null) !== null;
  return isOpen || (transaction === 'commit' && performance.now() - sent.since < SURELY_OPEN_MS);
}

/** One question of the driver's for what a statement did, which carries it out where that has not been done. */
async function ask(connection: Connection, request: Request, sent: Sent): Promise<Answer> {
  const { sql, binds, queryTag, directory, signal } = request;
  const isLookUp = sent.statement !== undefined;
  return await new Promise((resolve, reject) => {
    const options = {
      rowMode: 'array',
      fetchAsString: [...AS_TEXT],
      complete: (error, done, rows) => {
        signal.removeEventListener('abort', stop);
        sent.queryId ??= done.getQueryId();
        if (error) reject(signal.aborted ? interrupted() : error);
        else resolve(answerOf(done, (rows ?? []) as unknown[][]));
      },
    } satisfies Partial<StatementOption>;
    // A PUT has no result to fetch; to be sent again does it no harm.
    const statement =
      sent.queryId !== undefined && directory === undefined
        ? connection.fetchResult({ queryId: sent.queryId, ...options })
        : connection.execute({
            sqlText: sql,
            requestId: sent.requestId,
            parameters: { QUERY_TAG: queryTag },
            ...options,
            ...(binds === undefined ? {} : { binds }),
            ...(directory === undefined ? {} : { cwd: directory }),
          });
    sent.statement = statement;
    // The cancellation is waited for, so that what comes next does not meet a statement that still runs; but not when
    // Snowflake does not answer.
    const stop = (): void => {
      statement.cancel(() => {
        reject(interrupted());
      });
      if (isLookUp) reject(interrupted());
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

function answerOf(done: RowStatement, rows: Answer['rows']): Answer {
  return {
    columns: done.getColumns() ?? [],
    rows,
    changed: Math.max(0, done.getNumUpdatedRows() ?? 0),
    place: placeOf(done.getSessionState()),
  };
}

/** The driver's description of it says no more than that it is an object. */
function placeOf(state: object | undefined): Place {
  const session = (state ?? {}) as {
    getCurrentWarehouse?: () => string | null | undefined;
    getCurrentDatabase?: () => string | null | undefined;
  };
  return {
    warehouse: session.getCurrentWarehouse?.() ?? undefined,
    database: session.getCurrentDatabase?.() ?? undefined,
  };
}
