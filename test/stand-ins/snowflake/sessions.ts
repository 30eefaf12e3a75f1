import { randomBytes, randomInt } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Engine } from './engine.js';
import { SnowflakeError } from './errors.js';
import type { LockHolder, TableLocks } from './locks.js';
import type { Identity } from './login.js';
import type { Objects } from './objects.js';
import { quoteEngineName } from './sql/names.js';
import type { SessionFacts } from './sql/rewrite.js';

/** What a login asks for beside who it is. */
export interface SessionWishes {
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A session of Snowflake's: a connection of the engine, its tokens, parameters and transaction. */
export class StandInSession implements LockHolder {
  readonly id: string;
  readonly identity: Identity;
  readonly connection: DuckDBConnection;
  readonly parameters: Map<string, string>;
  readonly masterToken = newToken();
  token = newToken();
  /** What was done to the tokens, until they are renewed. */
  tokenState: 'good' | 'expired' | 'gone' = 'good';
  masterState: 'good' | 'expired' = 'good';
  role: string | undefined;
  warehouse: string | undefined;
  database: string | undefined;
  schema: string | undefined;
  /** `broken`: a statement of it failed in the engine, which keeps nothing of it then. */
  transaction: 'none' | 'open' | 'broken' = 'none';
  /** Of the last one that was begun. */
  transactionId = '';
  idleSince: number | undefined = performance.now();
  readonly #locks: TableLocks;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(id: string, identity: Identity, connection: DuckDBConnection, locks: TableLocks) {
    this.id = id;
    this.identity = identity;
    this.connection = connection;
    this.parameters = new Map();
    this.role = identity.role;
    this.#locks = locks;
  }

  get facts(): SessionFacts {
    const { id, role, warehouse, database, schema } = this;
    const { user, account } = this.identity;
    return { id, account, user, role, warehouse, database, schema };
  }

  /** One statement at a time. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(async () => {
      this.idleSince = undefined;
      try {
        return await work();
      } finally {
        this.idleSince = performance.now();
      }
    });
    this.#queue = turn.catch(() => undefined);
    return await turn;
  }

  async lock(table: string, signal: AbortSignal): Promise<void> {
    const seconds = Number(this.parameters.get('LOCK_TIMEOUT') ?? 43_200);
    await this.#locks.take(table, this, seconds * 1000, signal);
  }

  async begin(): Promise<void> {
    if (this.transaction !== 'none') return;
    await this.connection.run('BEGIN TRANSACTION');
    this.transaction = 'open';
    this.transactionId = randomInt(1e12, 9e12).toString();
  }

  async commit(): Promise<void> {
    if (this.transaction === 'broken') {
      throw new SnowflakeError(
        '002041',
        '0A000',
        'Unsupported by the stand-in: COMMIT after a statement of the transaction has failed. Snowflake would commit the others.',
      );
    }
    await this.#end('COMMIT');
  }

  async rollback(): Promise<void> {
    await this.#end('ROLLBACK');
  }

  async abandon(): Promise<void> {
    await this.inTurn(() => this.rollback());
  }

  /** Locks last as long as the transaction; without one, as long as the statement. */
  releaseLocks(): void {
    if (this.transaction === 'none') this.#locks.release(this);
  }

  async use(database: string, schema: string | undefined): Promise<void> {
    const place = schema === undefined ? '"main"' : quoteEngineName(schema);
    await this.connection.run(`USE ${quoteEngineName(database)}.${place}`);
    this.database = database;
    this.schema = schema;
  }

  async close(): Promise<void> {
    this.tokenState = 'gone';
    this.connection.interrupt();
    await this.inTurn(async () => {
      await this.rollback();
      this.connection.closeSync();
    });
  }

  async #end(word: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const open = this.transaction !== 'none';
    this.transaction = 'none';
    try {
      if (open) await this.connection.run(word);
    } finally {
      this.#locks.release(this);
    }
  }
}

/** A token of a session, or its master. */
export function newToken(): string {
  return `ver:1-hint:1-ETMs${randomBytes(24).toString('base64url')}`;
}

interface SessionMeans {
  readonly engine: Engine;
  readonly objects: Objects;
  readonly locks: TableLocks;
}

export async function openSession(
  { engine, objects, locks }: SessionMeans,
  identity: Identity,
  wishes: SessionWishes,
  id: string,
): Promise<StandInSession> {
  const session = new StandInSession(id, identity, await engine.connect(), locks);
  session.warehouse = wishes.warehouse;
  for (const [name, value] of Object.entries(wishes.parameters)) session.parameters.set(name, String(value));
  const { database } = wishes;
  // A name that does not exist leaves the session without one; the login succeeds all the same.
  if (database === undefined || !engine.hasDatabase(database)) return session;
  const schema = wishes.schema ?? 'PUBLIC';
  await session.use(database, objects.hasSchema(database, schema) ? schema : undefined);
  return session;
}
