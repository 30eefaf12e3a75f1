import type { AvroColumn } from '../../../src/avro/types.js';
import type { ColumnsConfig, TablesConfig } from '../../../src/config/types.js';
import type { Inspected } from '../../../src/plan/load.js';
import type { PlanInputs } from '../../../src/plan/plan.js';
import type { LedgerState, OpenLoad } from '../../../src/plan/state.js';
import { EMPTY_STATE } from '../../../src/plan/state.js';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Manifest, ManifestTable } from '../../../src/source/manifests.js';
import type { Capabilities } from '../../../src/warehouse/contract.js';

export const TABLES: TablesConfig = {
  include: ['*'],
  exclude: ['_event_metadata'],
  newTables: 'load',
  threads: 4,
  keys: {},
  rename: {},
};

export const COLUMNS: ColumnsConfig = {
  include: {},
  exclude: {},
  rename: {},
  newColumns: 'add',
  onTypeChange: 'variant',
  timestamps: { columns: ['time', 'session_time', 'joindate', 'last_modified'], as: 'timestamp' },
};

export const CAPABILITIES: Capabilities = {
  maxTableName: 60,
  maxColumnName: 20,
  maxColumns: 10,
  reservedColumnPrefixes: ['_table_'],
  storedCase: 'as-is',
  singleProcess: true,
  rereadsFiles: false,
  maxInsertRows: 500,
  maxTransactionRows: undefined,
  dayPartitions: false,
  clustering: undefined,
  stagingExpiryHours: undefined,
};

export function columns(
  types: Readonly<Record<string, LogicalType['kind'] | LogicalType>>,
): readonly AvroColumn[] {
  return Object.entries(types).map(([name, type]) => ({
    name,
    type: typeof type === 'string' ? ({ kind: type } as LogicalType) : type,
  }));
}

export function ledger(more: Partial<LedgerState> = {}): LedgerState {
  return { ...EMPTY_STATE.ledger, ...more };
}

export function loaded(
  newestLoaded: bigint,
  ...sourceTables: readonly string[]
): { newestLoaded: bigint; sourceTables: readonly string[] } {
  return { newestLoaded, sourceTables };
}

export function entry(
  name: string,
  incremental: boolean,
  files: readonly string[] = ['f'],
  more: Partial<ManifestTable> = {},
): ManifestTable {
  return { name, incremental, files, columns: [], ...more };
}

export function manifest(dumpId: bigint, ...tables: readonly ManifestTable[]): Manifest {
  const placed = tables.map((table) => ({
    ...table,
    files: table.files.map((file) => `sync_${dumpId}/${table.name}/${file}`),
  }));
  return { dumpId, tables: placed, key: `manifests/sync_${dumpId}.json`, etag: `etag-${dumpId}` };
}

export function openLoad(dumpId: bigint, table: string, status: OpenLoad['status'] = 'pending'): OpenLoad {
  return { loadId: `${dumpId}/${table}`, dumpId, table, sourceTable: table, status };
}

/** Every file of the manifests with the same header. */
export function inspectedAll(
  manifests: readonly Manifest[],
  header: readonly AvroColumn[],
): ReadonlyMap<string, Inspected> {
  const keys = manifests.flatMap((each) => each.tables.flatMap((table) => table.files));
  return new Map(
    keys.map((key) => [
      key,
      {
        key,
        info: { key, size: 100, etag: `e-${key}`, modifiedAt: 5 },
        header: { codec: 'null', columns: header },
      },
    ]),
  );
}

export function planInputs(more: Partial<PlanInputs> & Pick<PlanInputs, 'schedule'>): PlanInputs {
  return {
    tables: TABLES,
    columns: COLUMNS,
    layout: 'manifests',
    onBadFile: 'fail',
    startMicros: undefined,
    capabilities: CAPABILITIES,
    leaseToken: 7n,
    state: EMPTY_STATE,
    inspected: new Map(),
    badFiles: new Map(),
    ...more,
  };
}

/** Freezes objects and arrays all the way down; writing to a Map or Set throws. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map || value instanceof Set) {
    for (const item of value instanceof Map ? [...value.entries()].flat() : [...value]) deepFreeze(item);
    const refuse = (): never => {
      throw new TypeError('written to an input');
    };
    Object.assign(value, { set: refuse, add: refuse, delete: refuse, clear: refuse });
  }
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}
