import { randomUUID } from 'node:crypto';
import { interrupted } from '../../src/errors.js';
import type { Column, Connection } from 'snowflake-sdk';
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

/**
 * Sends a statement and waits for its end. The request id makes it one statement however often it is sent: when a
 * reply is lost, the driver asks again under the same id, and Snowflake answers with what that statement did.
 * Throws what the driver throws, or `INTERRUPTED`.
 */
export async function send(connection: Connection, request: Request): Promise<Answer> {
  const { sql, binds, queryTag, directory, signal } = request;
  if (signal.aborted) throw interrupted();
  return await new Promise((resolve, reject) => {
    const statement = connection.execute({
      sqlText: sql,
      requestId: randomUUID(),
      parameters: { QUERY_TAG: queryTag },
      rowMode: 'array',
      fetchAsString: [...AS_TEXT],
      ...(binds === undefined ? {} : { binds }),
      ...(directory === undefined ? {} : { cwd: directory }),
      complete: (error, done, rows) => {
        signal.removeEventListener('abort', stop);
        if (error) reject(signal.aborted ? interrupted() : error);
        else
          resolve({
            columns: done.getColumns() ?? [],
            rows: (rows ?? []) as unknown[][],
            changed: Math.max(0, done.getNumUpdatedRows() ?? 0),
            place: placeOf(done.getSessionState()),
          });
      },
    });
    // The cancellation is waited for, so that what comes next does not meet a statement that still runs.
    const stop = (): void => {
      statement.cancel(() => {
        reject(interrupted());
      });
    };
    signal.addEventListener('abort', stop, { once: true });
  });
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
