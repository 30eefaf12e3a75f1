import { randomUUID } from 'node:crypto';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import type { Scope } from '../plan/schedule-types.js';
import { type Observation, renderObservation } from '../render/observation.js';
import type { ObjectStore } from '../source/object-store.js';
import { openStore } from '../source/open-store.js';
import type { ConnectOptions, Dialect, Session } from '../warehouse/contract.js';
import { WAREHOUSES } from '../warehouse/registry.js';
import type { Io } from './io.js';

export interface CommonOptions {
  readonly config: string;
  readonly json: boolean;
}

export interface ScopeOptions {
  readonly table?: readonly string[] | undefined;
  readonly toDump?: string | undefined;
}

/** What every command starts from. */
export interface Workplace {
  readonly config: Config;
  readonly dialect: Dialect;
  readonly queries: Observation;
  readonly store: ObjectStore;
  readonly connect: (mode: ConnectOptions['mode']) => Promise<Session>;
}

/** Identifies this process in leases: a DuckDB lease of another process is known to be stale. */
export const HOLDER = randomUUID();

export async function openWorkplace(options: CommonOptions, io: Io): Promise<Workplace> {
  const config = loadConfig(options.config, { env: io.env, warehouses: WAREHOUSES });
  const warehouse = WAREHOUSES[config.warehouse.type];
  const dialect = warehouse.dialect(config.warehouse.settings);
  return {
    config,
    dialect,
    queries: renderObservation(dialect, config.warehouse.schema),
    store: await openStore(config.source),
    connect: (mode) => warehouse.connect(config.warehouse.settings, { mode, signal: io.signal }),
  };
}

/** Works with a session and closes it, whatever happens. */
export async function withSession<T>(
  workplace: Workplace,
  mode: ConnectOptions['mode'],
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await workplace.connect(mode);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

export function scopeOf(options: ScopeOptions): Scope {
  const { table, toDump } = options;
  if (toDump !== undefined && !/^\d+$/.test(toDump)) {
    throw new HeaploadError('USAGE', `--to-dump takes the number of a dump, not ${JSON.stringify(toDump)}.`, {
      hint: 'For example: --to-dump 1234',
    });
  }
  return { tables: table, toDump: toDump === undefined ? undefined : BigInt(toDump) };
}
