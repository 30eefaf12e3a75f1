import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/types.js';
import { EVERYTHING } from '../../src/models/select.js';
import { build } from '../../src/run/build.js';
import type { RunEvent, RunResult } from '../../src/run/events.js';
import { renderObservation } from '../../src/render/observation.js';
import type { WarehouseState } from '../../src/plan/state.js';
import { observe } from '../../src/run/observe.js';
import type { ModelsRequest } from '../../src/run/prepare-models.js';
import { Planner, type PreparedPlan } from '../../src/run/prepare.js';
import { run } from '../../src/run/run.js';
import type { ObjectStore } from '../../src/source/object-store.js';
import { openStore } from '../../src/source/open-store.js';
import type { ConnectOptions, Dialect, Operation, Row, Session } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { type DumpSpec, writeDump } from './dump-writer.js';
import type { Target } from './target.js';

/** What a test changes of the configuration, as nested YAML values. */
export type Overrides = Readonly<Record<string, unknown>>;

export interface RunOptions {
  readonly toDump?: bigint;
  readonly tables?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onOperation?: (moment: 'before' | 'after', operation: Operation) => void;
  readonly holder?: string;
  /** Use this session instead of one of its own. */
  readonly session?: Session;
  /** Builds models once the loads are done. */
  readonly models?: boolean;
  /** Load several tables at once, on sessions opened with this; else one load follows another. */
  readonly connect?: () => Promise<Session>;
  /** Read from this store instead of the one the configuration names; counts requests, say. */
  readonly store?: ObjectStore;
}

export interface BuildOptions extends Pick<RunOptions, 'signal' | 'holder'> {
  /** Opens the sessions that models are built with. */
  readonly connect?: () => Promise<Session>;
}

export interface Ran {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  readonly statements: readonly Operation[];
}

/** Dumps in a directory, a configuration, and a warehouse of the given kind: everything a run needs. */
export class World {
  readonly root: string;
  readonly configFile: string;
  readonly config: Config;
  readonly #warehouse: Overrides;
  readonly #dispose: () => Promise<void>;

  private constructor(
    place: Pick<World, 'root' | 'configFile' | 'config'>,
    warehouse: Overrides,
    dispose: () => Promise<void>,
  ) {
    this.root = place.root;
    this.configFile = place.configFile;
    this.config = place.config;
    this.#warehouse = warehouse;
    this.#dispose = dispose;
  }

  /**
   * `root`: dumps that exist already; `adjust`: what no file can say; `env`: what `${NAME}` stands for. The source is
   * a directory unless the overrides say `type: s3`.
   */
  static async create(
    target: Target,
    overrides: Overrides = {},
    root?: string,
    adjust: (config: Config) => Config = (config) => config,
    env: Readonly<Record<string, string>> = {},
  ): Promise<World> {
    const { warehouse, dispose } = await target.fresh();
    const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-world-'));
    const dumps = root ?? path.join(folder, 'dumps');
    const { source, ...rest } = overrides;
    const written = {
      source: sourceBlock(dumps, source),
      warehouse,
      models: NO_MODELS,
      ...rest,
    };
    const configFile = path.join(folder, 'integration.yml');
    await writeFile(configFile, stringify(written));
    const config = adjust(loadConfig(configFile, { env, warehouses: WAREHOUSES }));
    return new World({ root: dumps, configFile, config }, warehouse, async () => {
      await rm(folder, { recursive: true, force: true });
      await dispose();
    });
  }

  /** The same warehouse and dumps under another configuration. */
  async reconfigured(overrides: Overrides): Promise<World> {
    const { source, ...rest } = overrides;
    const configFile = path.join(path.dirname(this.configFile), `integration-${randomUUID()}.yml`);
    const written = {
      source: sourceBlock(this.root, source),
      warehouse: this.#warehouse,
      models: NO_MODELS,
      ...rest,
    };
    await writeFile(configFile, stringify(written));
    const config = loadConfig(configFile, { env: {}, warehouses: WAREHOUSES });
    return new World({ root: this.root, configFile, config }, this.#warehouse, () => Promise.resolve());
  }

  /** The `warehouse:` block as it was written. */
  get written(): Overrides {
    return this.#warehouse;
  }

  async dispose(): Promise<void> {
    await this.#dispose();
  }

  async write(...dumps: readonly DumpSpec[]): Promise<void> {
    for (const dump of dumps) await writeDump(this.root, dump);
  }

  async connect(mode: ConnectOptions['mode'] = 'write'): Promise<Session> {
    const { type, settings } = this.config.warehouse;
    return await WAREHOUSES[type].connect(settings, { mode, signal: new AbortController().signal });
  }

  async using<T>(work: (session: Session) => Promise<T>, mode: ConnectOptions['mode'] = 'write'): Promise<T> {
    const session = await this.connect(mode);
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  }

  async run(options: RunOptions = {}): Promise<Ran> {
    if (options.session !== undefined) return await this.#run(options.session, options);
    return await this.using((session) => this.#run(session, options));
  }

  async #run(session: Session, options: RunOptions): Promise<Ran> {
    const events: RunEvent[] = [];
    const statements: Operation[] = [];
    const result = await run({
      ...(await this.#context(options)),
      session,
      runId: randomUUID(),
      holder: options.holder ?? 'test',
      emit: (event) => {
        events.push(event);
        if (event.kind === 'operation') statements.push(event.operation);
      },
      ...(options.onOperation === undefined ? {} : { onOperation: options.onOperation }),
      ...(options.models === true ? { connectForModels: () => this.connect() } : {}),
      ...(options.connect === undefined ? {} : { connectForLoads: options.connect }),
    });
    return { result, events, statements };
  }

  /** Builds models and asks data tests, all of them unless the request says otherwise. */
  async build(request: Partial<ModelsRequest> = {}, options: BuildOptions = {}): Promise<Ran> {
    const events: RunEvent[] = [];
    const statements: Operation[] = [];
    const connect = options.connect ?? (() => this.connect());
    const result = await this.using(async (session) =>
      build(
        {
          ...(await this.#context(options)),
          session,
          connect,
          runId: randomUUID(),
          holder: options.holder ?? 'test',
          emit: (event) => {
            events.push(event);
            if (event.kind === 'operation') statements.push(event.operation);
          },
        },
        { selection: EVERYTHING, want: { models: true, tests: true }, fullRefresh: false, ...request },
      ),
    );
    return { result, events, statements };
  }

  async plan(options: RunOptions = {}): Promise<PreparedPlan> {
    const context = await this.#context(options);
    const state = await this.using((session) => observe(session, context.dialect, context.queries), 'read');
    return await new Planner(context).prepare(state);
  }

  async #context(options: RunOptions) {
    const { dialect } = this;
    return {
      config: this.config,
      store: options.store ?? (await openStore(this.config.source)),
      dialect,
      queries: renderObservation(dialect, this.config.warehouse.schema),
      scope: { tables: options.tables, toDump: options.toDump },
      signal: options.signal ?? new AbortController().signal,
    };
  }

  /** A table of the schema, quoted. */
  table(name: string): string {
    return this.dialect.quoteTable({ schema: this.config.warehouse.schema, name });
  }

  async query(sql: string): Promise<readonly Row[]> {
    return await this.using((session) => session.query(sql));
  }

  /** A statement of somebody else. */
  async execute(sql: string): Promise<void> {
    await this.using((session) =>
      session.execute(
        { kind: 'statement', sql, parameters: [] },
        {
          parameters: {},
          purpose: { runId: 'somebody else' },
          signal: new AbortController().signal,
          open: () => {
            throw new Error('a statement opens no file');
          },
        },
      ),
    );
  }

  get dialect(): Dialect {
    const { type, settings } = this.config.warehouse;
    return WAREHOUSES[type].dialect(settings);
  }

  /** What planning would see of the warehouse. */
  async state(): Promise<WarehouseState> {
    const queries = renderObservation(this.dialect, this.config.warehouse.schema);
    return await this.using((session) => observe(session, this.dialect, queries), 'read');
  }

  /** Rows of a table, heapload's own columns left out, ordered by columns. */
  async rows(table: string, ...orderBy: readonly string[]): Promise<readonly Row[]> {
    return await this.using((session) => this.rowsSeenBy(session, table, ...orderBy));
  }

  /** What a session sees of a table; names come in lower case where the warehouse stores them in upper case. */
  async rowsSeenBy(session: Session, table: string, ...orderBy: readonly string[]): Promise<readonly Row[]> {
    const columns = orderBy.map((name) => this.dialect.quoteIdentifier(name));
    const rows = await session.query(`SELECT * FROM ${this.table(table)} ORDER BY ${columns.join(', ')}`);
    const upper = this.dialect.capabilities.storedCase === 'upper';
    return rows.map((row) => {
      const own = Object.entries(row).filter(([name]) => !/^_heapload_/i.test(name));
      return Object.fromEntries(own.map(([name, value]) => [upper ? name.toLowerCase() : name, value]));
    });
  }
}

/** Worlds are about loads, unless their overrides say `models:`. */
export const NO_MODELS = {
  // One mapping each: the same one would be written as an alias.
  shipped: Object.fromEntries(
    ['identity_map', 'resolved', 'all_events', 'sessions', 'defined_properties'].map((name) => [
      name,
      { enabled: false },
    ]),
  ),
};

function sourceBlock(directory: string, override: unknown): object {
  const given = (override ?? {}) as Overrides;
  return given['type'] === 's3' ? given : { type: 'directory', path: directory, ...given };
}
