import { randomUUID } from 'node:crypto';
import { EVERYTHING } from '../../src/models/select.js';
import { build } from '../../src/run/build.js';
import { openRun } from './open-run.js';
import { type Figures, report } from './figures.js';

// Builds the shipped models, as `heapload models run` does it. heapload.js <integration.yml>
const { session, ...context } = await openRun(process.argv[2] ?? '');
const began = performance.now();
const result = await build(
  { ...context, session, runId: randomUUID(), holder: randomUUID(), emit: () => undefined },
  { selection: EVERYTHING, want: { models: true, tests: false }, fullRefresh: false },
);
const total = (performance.now() - began) / 1000;
await session.close();
const broken = result.error ?? result.nodes.find(({ error }) => error !== undefined)?.error;
if (broken !== undefined) throw broken;
const models: Figures['models'] = result.nodes.map(({ name, seconds }) => [
  name.replace(/_resolved$/, ''),
  seconds,
]);
report({ models, total });
