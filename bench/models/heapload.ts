import { randomUUID } from 'node:crypto';
import { EVERYTHING } from '../../src/models/select.js';
import { build } from '../../src/run/build.js';
import { openRun } from './open-run.js';
import { type Took, stopwatch } from '../duckdb/stopwatch.js';
import { report } from './figures.js';

// Builds the shipped models, as `heapload models run` does it. heapload.js <integration.yml>
const { session, ...context } = await openRun(process.argv[2] ?? '');
const time = stopwatch();
const models: (readonly [string, Took])[] = [];
let ofModel = time;
const result = await build(
  {
    ...context,
    session,
    runId: randomUUID(),
    holder: randomUUID(),
    emit: (event) => {
      if (event.kind === 'node-started') ofModel = stopwatch();
      if (event.kind === 'node-done') models.push([event.result.name.replace(/_resolved$/, ''), ofModel()]);
    },
  },
  { selection: EVERYTHING, want: { models: true, tests: false }, fullRefresh: false },
);
const total = time();
await session.close();
const broken = result.error ?? result.nodes.find(({ error }) => error !== undefined)?.error;
if (broken !== undefined) throw broken;
report({ models, total });
