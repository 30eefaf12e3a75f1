import { loadConfig } from '../../src/config/load.js';
import { renderObservation } from '../../src/render/observation.js';
import { openStore } from '../../src/source/open-store.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';

/** What a run or a build of a configuration needs, but for its identity and who is told of it. */
export async function openRun(file: string) {
  const config = loadConfig(file, { env: {}, warehouses: WAREHOUSES });
  const warehouse = WAREHOUSES[config.warehouse.type];
  const { settings, schema } = config.warehouse;
  const { signal } = new AbortController();
  const dialect = warehouse.dialect(settings);
  const connect = () => warehouse.connect(settings, { mode: 'write', signal });
  return {
    config,
    dialect,
    signal,
    connect,
    session: await connect(),
    queries: renderObservation(dialect, schema),
    store: await openStore(config.source),
    scope: { tables: undefined, toDump: undefined },
  };
}
