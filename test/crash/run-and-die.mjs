// Runs heapload's built code in a process of its own and kills it with SIGKILL before or after its n-th operation.
// node run-and-die.mjs <integration.yml> <before|after> <n> [together|models|build]; n = -1: never. together: several
// tables at once; models: the run builds models after its loads; build: they are all that is done. Prints the number
// of operations, and of those before the models.
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { loadConfig } from '../../dist/src/config/load.js';
import { renderObservation } from '../../dist/src/render/observation.js';
import { build } from '../../dist/src/run/build.js';
import { run } from '../../dist/src/run/run.js';
import { openStore } from '../../dist/src/source/open-store.js';
import { WAREHOUSES } from '../../dist/src/warehouse/registry.js';

const [file, moment, nth, what] = process.argv.slice(2);
const config = loadConfig(file, { env: {}, warehouses: WAREHOUSES });
const warehouse = WAREHOUSES[config.warehouse.type];
const dialect = warehouse.dialect(config.warehouse.settings);
const { signal } = new AbortController();
const connect = () => warehouse.connect(config.warehouse.settings, { mode: 'write', signal });
const session = await connect();
const reached = { before: 0, after: 0 };
let beforeModels;
const context = {
  config,
  dialect,
  session,
  signal,
  queries: renderObservation(dialect, config.warehouse.schema),
  store: await openStore(config.source),
  scope: { tables: undefined, toDump: undefined },
  runId: randomUUID(),
  holder: randomUUID(),
  emit: (event) => {
    if (event.kind === 'models-planned') beforeModels = reached.before;
  },
  onOperation: (when) => {
    reached[when] += 1;
    if (when === moment && reached[when] === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
};
const everything = {
  selection: { select: [], exclude: [] },
  want: { models: true, tests: false },
  fullRefresh: false,
};
const more = {
  together: { connectForLoads: connect },
  models: { connectForModels: connect },
};
const result =
  what === 'build'
    ? await build({ ...context, connect }, everything)
    : await run({ ...context, ...more[what] });
await session.close();
writeSync(1, JSON.stringify({ operations: reached.before, beforeModels, status: result.status }));
