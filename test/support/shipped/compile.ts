import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/types.js';
import { EMPTY_CATALOG } from '../../../src/models/catalog.js';
import { loadProject } from '../../../src/models/load-project.js';
import { type ModelPlan, planModels } from '../../../src/models/plan.js';
import { EMPTY_PROJECT } from '../../../src/models/project.js';
import { EVERYTHING } from '../../../src/models/select.js';
import type { LoadedTable } from '../../../src/models/types.js';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Dialect } from '../../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';

/** The configuration at the top of the project: the shipped models as they are by default. */
export function defaultConfig(): Config {
  return loadConfig('integration.yml', { env: {}, warehouses: WAREHOUSES });
}

export interface ShippedCase {
  readonly dialect: Dialect;
  readonly config?: Config;
  readonly tables: readonly LoadedTable[];
  /** Content of `property_definitions.json`. */
  readonly definitions?: unknown;
}

/** The shipped models of these tables as a build would make them in an empty warehouse. */
export function planShipped({ dialect, config, tables, definitions }: ShippedCase): ModelPlan {
  const configured = config ?? defaultConfig();
  const sorted = [...tables].sort((a, b) => (a.name < b.name ? -1 : 1));
  const text = typeof definitions === 'string' ? definitions : JSON.stringify(definitions);
  const loaded = loadProject({
    config: configured,
    dialect,
    project: EMPTY_PROJECT,
    tables: sorted,
    definitions: definitions === undefined ? undefined : { file: 'sync_1/property_definitions.json', text },
  });
  return planModels({
    config: configured,
    dialect,
    loaded,
    catalog: EMPTY_CATALOG,
    incomplete: new Map(),
    selection: EVERYTHING,
    want: { models: true, tests: true },
    fullRefresh: false,
  });
}

/** The query of a shipped model; throws when there is none of that name. */
export function shippedQuery(plan: ModelPlan, name: string): string {
  const found = plan.models.find(({ model }) => model.name === name);
  if (found === undefined) throw new Error(`there is no model ${name}`);
  return found.query;
}

/** A loaded table under its own name in the source. */
export function loadedTable(
  name: string,
  keys: readonly string[],
  columns: Readonly<Record<string, LogicalType>>,
): LoadedTable {
  return {
    name,
    sourceTables: [name],
    keys,
    columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })),
  };
}
