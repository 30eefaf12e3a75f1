import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadConfig } from '../../../src/config/load.js';
import { renderObservation } from '../../../src/render/observation.js';
import { run } from '../../../src/run/run.js';
import { STAGING_PREFIX } from '../../../src/schema/identifiers.js';
import { openStore } from '../../../src/source/open-store.js';
import { WAREHOUSES } from '../../../src/warehouse/registry.js';
import { type Took, report, stopwatch } from '../stopwatch.js';

// One run, as `heapload run --no-models` does it. heapload.js <integration.yml> [<file for the statements that make and fill
// the table that a first load stages>]
const CANDIDATE = `"heap"."${STAGING_PREFIX}table_`;
const makes = (sql: string): boolean => sql.startsWith(`CREATE OR REPLACE TABLE ${CANDIDATE}`);
const fills = (sql: string): boolean => sql.startsWith(`INSERT INTO ${CANDIDATE}`);
const [, , , statementsFile] = process.argv;
const statements: string[] = [];
const config = loadConfig(process.argv[2] ?? '', { env: {}, warehouses: WAREHOUSES });
const time = stopwatch();
const warehouse = WAREHOUSES[config.warehouse.type];
const { settings, schema } = config.warehouse;
const { signal } = new AbortController();
const dialect = warehouse.dialect(settings);
const connect = () => warehouse.connect(settings, { mode: 'write', signal });
const session = await connect();
let rows = 0;
let transfer = time;
let staged: Took | undefined;
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
  connectForLoads: connect,
  emit: (event) => {
    if (event.kind === 'load-done') rows += Number(event.counts.read);
  },
  onOperation: (moment, operation) => {
    const isTransfer = operation.kind === 'transfer';
    if (isTransfer && moment === 'before') transfer = stopwatch();
    if (moment === 'before') return;
    // With a candidate the transfer may not decode the files; then the next statement does.
    if (isTransfer || fills(operation.sql)) staged = transfer();
    if (!isTransfer && (makes(operation.sql) || fills(operation.sql))) statements.push(operation.sql);
  },
});
await session.close();
if (result.status !== 'done') throw result.error ?? result.failures[0]?.error ?? new Error(result.status);
if (statementsFile !== undefined) writeFileSync(statementsFile, JSON.stringify(statements));
report({ ...(staged === undefined ? {} : { staged }), total: time(), rows });
