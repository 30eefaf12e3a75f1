import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../../src/config/load.js';
import { renderObservation } from '../../../src/render/observation.js';
import { run } from '../../../src/run/run.js';
import { openStore } from '../../../src/source/open-store.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';
import { type Took, report, stopwatch } from '../stopwatch.js';

// One run, as `heapload run` does it. heapload.js <integration.yml>
const config = loadConfig(process.argv[2] ?? '', { env: {}, warehouses: WAREHOUSES });
const time = stopwatch();
const warehouse = WAREHOUSES[config.warehouse.type];
const { settings, schema } = config.warehouse;
const { signal } = new AbortController();
const dialect = warehouse.dialect(settings);
const session = await warehouse.connect(settings, { mode: 'write', signal });
let rows = 0;
let transfer = time;
let staged: Took | undefined;
const verbose = process.env['BENCH_OPERATIONS'] !== undefined;
let operationTime = time;
const result = await run({
  config,
  session,
  dialect,
  signal,
  queries: renderObservation(dialect, schema),
  store: await openStore(config.source),
  scope: { tables: undefined, toDump: undefined },
  runId: randomUUID(),
  holder: randomUUID(),
  emit: (event) => {
    if (event.kind === 'load-done') rows += Number(event.counts.read);
  },
  onOperation: (moment, operation) => {
    if (moment === 'before') {
      operationTime = stopwatch();
      if (operation.kind === 'transfer') transfer = stopwatch();
      return;
    }
    if (operation.kind === 'transfer') staged = transfer();
    const text = operation.kind === 'transfer' ? operation.preview : operation.sql;
    const { seconds, cpu } = operationTime();
    if (verbose)
      process.stderr.write(`${seconds.toFixed(2)} s, cpu ${cpu.toFixed(2)}: ${text.slice(0, 80)}\n`);
  },
});
await session.close();
if (result.status !== 'done') throw result.error ?? result.failures[0]?.error ?? new Error(result.status);
report({ ...(staged === undefined ? {} : { staged }), total: time(), rows });
