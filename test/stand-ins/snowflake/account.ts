import { randomInt } from 'node:crypto';
import { type Engine, startEngine } from './engine.js';
import { SnowflakeError } from './errors.js';
import { TableLocks } from './locks.js';
import { type Identity, type LoginData, type StandInUser, authenticate } from './login.js';
import { Objects } from './objects.js';
import { type Grant, Privileges } from './privileges.js';
import { Queries, type Query } from './queries.js';
import { runStatement } from './run-statement.js';
import { type SessionWishes, type StandInSession, newToken, openSession } from './sessions.js';
import type { Bind } from './sql/literals.js';
import { tokenize } from './sql/tokens.js';
import type { StageBucketOptions } from './stage-bucket.js';
import { Stages } from './stages.js';
import { type Warehouse, Warehouses } from './warehouses.js';

export interface AccountOptions {
  /** In upper case, as is what follows. */
  readonly name: string;
  readonly users: readonly StandInUser[];
  readonly databases: readonly string[];
  readonly warehouses: readonly Warehouse[];
  /** Beside these, {@link Privileges} that come with what a role makes. */
  readonly grants: readonly Grant[];
  /** Where files of stages lie. */
  readonly directory: string;
  /** Where they lie instead, those of internal stages; undefined: nowhere. */
  readonly stageBucket: StageBucketOptions | undefined;
  /** Milliseconds after which a transaction that does nothing gives way; five minutes in Snowflake. */
  readonly idleTransactionMs: number;
}

/** What of a query's body matters here. */
export interface QueryData {
  readonly sqlText?: string;
  readonly bindings?: Readonly<Record<string, Bind>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly asyncExec?: boolean;
  readonly describeOnly?: boolean;
}

/** An account: its sessions, queries and stages, and the engine behind them. */
export class Account {
  readonly queries = new Queries();
  readonly stages: Stages;
  readonly objects: Objects;
  readonly warehouses: Warehouses;
  readonly privileges: Privileges;
  readonly #options: AccountOptions;
  readonly #engine: Engine;
  readonly #locks: TableLocks;
  readonly #sessions = new Map<string, StandInSession>();

  private constructor(options: AccountOptions, engine: Engine) {
    this.#options = options;
    this.#engine = engine;
    this.#locks = new TableLocks(options.idleTransactionMs);
    this.stages = new Stages(options.directory, options.stageBucket);
    this.objects = new Objects(options.databases);
    this.warehouses = new Warehouses(options.warehouses);
    this.privileges = new Privileges(options.grants);
  }

  static async open(options: AccountOptions): Promise<Account> {
    return new Account(options, await startEngine(options.databases));
  }

  get sessions(): readonly StandInSession[] {
    return [...this.#sessions.values()];
  }

  async logIn(login: LoginData, wishes: SessionWishes & { readonly role: string | undefined }) {
    const { name, users } = this.#options;
    const identity: Identity = authenticate(name, users, login, wishes.role);
    const granted = { ...wishes, ...this.#granted(identity.role, wishes) };
    const means = { engine: this.#engine, objects: this.objects, locks: this.#locks };
    const id = randomInt(1e12, 9e12).toString();
    const session = await openSession(means, identity, granted, id);
    this.#sessions.set(id, session);
    return session;
  }

  /** What of a login's wishes there is and the role may use; the login succeeds without the rest. */
  #granted(role: string | undefined, { warehouse, database }: SessionWishes) {
    const uses = (name: string | undefined): name is string =>
      name !== undefined && this.privileges.allows(role, 'USAGE', [name]);
    return {
      warehouse: uses(warehouse) && this.warehouses.has(warehouse) ? warehouse : undefined,
      database: uses(database) ? database : undefined,
    };
  }

  /** The session of a token; throws when it is no longer good. */
  sessionOf(token: string): StandInSession {
    const session = this.sessions.find((candidate) => candidate.token === token);
    if (session === undefined) throw new SnowflakeError('390104', '08001', 'Session token was invalid.');
    if (session.tokenState === 'gone') {
      throw new SnowflakeError(
        '390111',
        '08001',
        'Session no longer exists. New login required to access the service.',
      );
    }
    if (session.tokenState === 'expired') {
      throw new SnowflakeError('390112', '08001', 'Your session has expired. Please login again.');
    }
    return session;
  }

  /** Gives a session new tokens for its master token. */
  renew(masterToken: string): StandInSession {
    const session = this.sessions.find((candidate) => candidate.masterToken === masterToken);
    if (session === undefined || session.masterState === 'expired' || session.tokenState === 'gone') {
      throw new SnowflakeError(
        '390114',
        '08001',
        'Authentication token has expired.  The user must authenticate again.',
      );
    }
    session.token = newToken();
    session.tokenState = 'good';
    return session;
  }

  async logOut(session: StandInSession): Promise<void> {
    this.#sessions.delete(session.id);
    await session.close();
    await this.stages.dropSession(session.id);
  }

  /** Starts a query, or gives the one that the same request has started before. */
  startQuery(session: StandInSession, requestId: string, data: QueryData): Query {
    const before = this.queries.repeated(session, requestId);
    if (before !== undefined) return before;
    const { sqlText: sql = '', bindings: binds = {}, parameters = {} } = data;
    const tag = parameters['QUERY_TAG'] ?? session.parameters.get('QUERY_TAG') ?? '';
    return this.queries.start(session, requestId, sql, typeof tag === 'string' ? tag : '', async (signal) => {
      return await session.inTurn(async () => {
        if (signal.aborted) throw new SnowflakeError('000604', '57014', 'SQL execution canceled');
        const { stages } = this;
        const hasDatabase = (name: string): boolean => this.#engine.hasDatabase(name);
        // A PUT names a file without quotes as it likes; it is read apart.
        const tokens = /^\s*PUT\s/i.test(sql) ? tokenize('PUT') : tokenize(sql.replace(/;\s*$/, ''));
        if (tokens.some(({ kind, text }) => kind === 'symbol' && text === ';')) throw severalStatements();
        const { objects, warehouses, privileges } = this;
        const sessionsAtWork = this.sessions.filter(({ idleSince }) => idleSince === undefined);
        const means = { stages, signal, hasDatabase, objects, warehouses, privileges, sessionsAtWork };
        return await runStatement({ session, sql, tokens, binds, now: nowMicros(), ...means });
      });
    });
  }

  async close(): Promise<void> {
    for (const session of this.sessions) await this.logOut(session);
    this.#engine.stop();
    this.stages.close();
  }
}

function severalStatements(): SnowflakeError {
  return new SnowflakeError(
    '000008',
    '0A000',
    'Actual statement count 2 did not match the desired statement count 1.',
  );
}

function nowMicros(): bigint {
  return BigInt(Math.trunc((performance.timeOrigin + performance.now()) * 1000));
}
