// Runs heapload's built code in a process of its own and kills it with SIGKILL before or after its n-th operation.
// node run-and-die.mjs <integration.yml> <before|after> <n> [models|build]; n = -1: never. With `models` the run builds
// models after its loads; with `build` they are all that is done. Prints the number of operations, and of those before
// the models.
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
const session = await warehouse.connect(config.warehouse.settings, { mode: 'write', signal });
const connect = () => warehouse.connect(config.warehouse.settings, { mode: 'write', signal });
let operations = 0;
let ended = 0;
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
    if (event.kind === 'models-planned') beforeModels = operations;
  },
  onOperation: (when) => {
    const count = when === 'before' ? (operations += 1) : (ended += 1);
    if (when === moment && count === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
};
const everything = {
  selection: { select: [], exclude: [] },
  want: { models: true, tests: false },
  fullRefresh: false,
};
const result =
  what === 'build'
    ? await build({ ...context, connect }, everything)
    : await run({ ...context, ...(what === 'models' ? { connectForModels: connect } : {}) });
await session.close();
writeSync(1, JSON.stringify({ operations, beforeModels, status: result.status }));
