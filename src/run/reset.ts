import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { type WarehouseState, findTable } from '../plan/state.js';
import type { Observation } from '../render/observation.js';
import { renderReset } from '../render/reset.js';
import { listDataFiles } from '../source/files-layout.js';
import { listManifests } from '../source/manifests.js';
import type { ObjectStore } from '../source/object-store.js';
import type { Dialect, Operation, Row, Session } from '../warehouse/contract.js';
import { VERSION } from '../version.js';
import { applyOperations } from './apply.js';
import { acquiredToken } from './lease.js';
import { bigintOf, flagOf, textOf } from './rows.js';

export interface ResetContext {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly dialect: Dialect;
  readonly queries: Observation;
  readonly signal: AbortSignal;
}

/** What a reset would need from the source and no longer finds there, as dump ids or file keys. */
export async function missingForReset(
  table: string,
  session: Session,
  context: ResetContext,
): Promise<readonly string[]> {
  const { config, store, queries, signal } = context;
  if (config.source.layout === 'files') {
    const present = await listDataFiles(store, config.source.prefix, config.source.patterns, signal);
    const keys = new Set([...present.values()].flat().map((file) => file.key));
    const known = await session.query(queries.files);
    return known
      .filter((row) => textOf(row, 'table_name') === table)
      .map((row) => textOf(row, 'file_key'))
      .filter((key) => !keys.has(key));
  }
  const listed = await listManifests(store, config.source.prefix, signal);
  const present = new Set([...listed.manifests, ...listed.problems].map((dump) => dump.dumpId));
  const rows = await session.query(queries.tableDumps);
  const loaded = sinceLastFull(rows.filter((row) => textOf(row, 'table_name') === table));
  return loaded.filter((dumpId) => !present.has(dumpId)).map(String);
}

/** Dumps below the newest full one would be superseded again, so a reset can do without them. */
function sinceLastFull(rows: readonly Row[]): readonly bigint[] {
  const start = rows.findLastIndex((row) => !flagOf(row, 'incremental'));
  return rows.slice(Math.max(start, 0)).map((row) => bigintOf(row, 'dump_id'));
}

export function requireKnownTable(table: string, state: WarehouseState): void {
  if (state.ledger.tables.has(table)) return;
  const known = [...state.ledger.tables.keys()].sort().join(', ');
  throw new HeaploadError('TABLE_UNKNOWN', `There is no table ${JSON.stringify(table)} in the ledger.`, {
    hint: `Known tables: ${known === '' ? 'none' : known}.`,
  });
}

/** The operations of a reset, for showing and for carrying out. */
export function planReset(table: string, state: WarehouseState, context: ResetContext): readonly Operation[] {
  const { config, dialect } = context;
  const existing = findTable(state, table);
  const partitionedBy = dialect.capabilities.dayPartitions ? existing?.partitionedBy : undefined;
  return renderReset(
    { table, layout: config.source.layout, tableExists: existing !== undefined, partitionedBy },
    { dialect, schema: config.warehouse.schema, runName: config.name, version: VERSION },
  );
}

/** Carries a reset out under the lease. */
export async function applyReset(
  operations: readonly Operation[],
  session: Session,
  context: ResetContext,
  identity: { readonly runId: string; readonly holder: string },
): Promise<void> {
  const [acquire, ...rest] = operations;
  if (acquire === undefined) return;
  const apply = { session, store: context.store, signal: context.signal, emit: () => undefined };
  const parameters = { run_id: identity.runId, holder: identity.holder };
  await applyOperations([acquire], apply, parameters);
  const token = await acquiredToken(session, context.queries, identity.runId);
  const bound = { ...parameters, lease_token: token };
  try {
    await applyOperations(rest, apply, bound);
  } catch (error) {
    // Nobody else could work until the lease expires.
    await applyOperations(rest.slice(-1), { ...apply, signal: new AbortController().signal }, bound);
    throw error;
  }
}
