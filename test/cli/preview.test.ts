import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_STATE } from '../../src/plan/state.js';
import { renderObservation } from '../../src/render/observation.js';
import type { RenderedPlan } from '../../src/render/render.js';
import { Planner } from '../../src/run/prepare.js';
import { run } from '../../src/run/run.js';
import { openStore } from '../../src/source/open-store.js';
import type { Operation, Row, Session } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { GOLDEN_SCENARIOS } from '../golden/scenarios.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { type Json, cli, jsonLines } from './support.js';

/** What is left of a printed plan when the statements and transfers of a run are taken out, in the run's order. */
function rest(printed: string, operations: readonly Json[]): readonly string[] {
  let place = 0;
  const left: string[] = [];
  for (const operation of operations) {
    const { sql, transfer } = operation as { sql?: string; transfer?: string };
    const text = sql === undefined ? `\n${(transfer ?? '').replace(/^/gm, '-- ')}\n` : `\n${sql};\n`;
    const found = printed.indexOf(text, place);
    if (found < 0) throw new Error(`the plan does not print, at this place:\n${text}`);
    left.push(...printed.slice(place, found).split('\n'));
    place = found + text.length - 1;
  }
  left.push(...printed.slice(place).split('\n'));
  return left.filter((line) => line !== '' && !line.startsWith('-- '));
}

/** The run's operations with its loads, which go side by side, one after another as the plan has them. */
function inPlanOrder(printed: string, operations: readonly Json[]): readonly Json[] {
  const isOfLoad = (operation: Json): boolean => operation['load_id'] !== undefined;
  const first = operations.findIndex(isOfLoad);
  const last = operations.findLastIndex(isOfLoad);
  const ofLoads = operations.slice(first, last + 1);
  expect(ofLoads.filter((operation) => !isOfLoad(operation))).toEqual([]);
  const placeOf = ({ load_id }: Json): number => {
    const place = printed.indexOf(`load ${String(load_id)} into`);
    expect(place).toBeGreaterThan(0);
    return place;
  };
  return [
    ...operations.slice(0, first),
    ...ofLoads.toSorted((one, other) => placeOf(one) - placeOf(other)),
    ...operations.slice(last + 1),
  ];
}

describe.each(GOLDEN_SCENARIOS)('$name: plan prints what run executes', (scenario) => {
  let world: World;
  beforeEach(async () => {
    world = await World.create(duckdbTarget, scenario.config);
    await world.write(...scenario.dumps);
  });
  afterEach(async () => {
    await world.dispose();
  });

  it('as text: the statements of the run, in order, and comments', async () => {
    for (const toDump of scenario.runs) {
      const scope = ['-c', world.configFile, '--to-dump', toDump.toString()];
      const printed = await cli(['plan', ...scope]);
      const ran = await cli(['run', '--json', ...scope]);
      expect({ printed: printed.code, ran: ran.code }).toEqual({ printed: 0, ran: 0 });
      const operations = jsonLines(ran.stdout).filter((line) => line['event'] === 'operation');
      expect(operations.length).toBeGreaterThan(10);
      expect(rest(printed.stdout, inPlanOrder(printed.stdout, operations))).toEqual([]);
    }
  });

  it.each(Object.values(WAREHOUSES).map((warehouse) => warehouse.name))(
    'as operations, for %s',
    async (name) => {
      const dialect = WAREHOUSES[name].dialect();
      const { config } = world;
      const context = {
        config,
        dialect,
        store: await openStore(config.source),
        scope: { tables: undefined, toDump: undefined },
        signal: new AbortController().signal,
      };
      const { plan, rendered } = await new Planner(context).prepare(EMPTY_STATE);
      expect(plan.failures).toEqual([]);
      const queries = renderObservation(dialect, config.warehouse.schema);
      const runId = randomUUID();
      const { session, executed } = recordingSession(queries, runId);
      const result = await run({
        ...context,
        session,
        queries,
        runId,
        holder: 'test',
        emit: () => undefined,
      });
      expect(result).toMatchObject({
        status: 'done',
        failures: [],
        error: undefined,
        loadsDone: plan.loads.length,
      });
      expect(executed).toEqual(allOperations(rendered));
    },
  );
});

function allOperations(plan: RenderedPlan): readonly Operation[] {
  const loads = plan.loads.flatMap((load) => [
    ...load.prepare,
    ...load.stage,
    ...load.publish,
    ...load.cleanup,
  ]);
  return [...plan.setup, ...plan.record, ...loads, ...plan.finish];
}

/** A warehouse in which everything works and nothing is ever there. */
function recordingSession(
  queries: Readonly<Record<'schemas' | 'lease', string>>,
  runId: string,
): { readonly session: Session; readonly executed: readonly Operation[] } {
  const executed: Operation[] = [];
  const names = ['read', 'inserted', 'updated', 'unchanged', 'filtered', 'rejected'].map(
    (name) => `rows_${name}`,
  );
  const counts: Row = Object.fromEntries(
    [...names, 'values_rejected', 'table_rows'].map((name) => [name, 0n]),
  );
  const session: Session = {
    execute: (operation) => {
      executed.push(operation);
      return Promise.resolve({ rows: operation.kind === 'statement' ? (operation.expect?.rows ?? 0) : 0 });
    },
    query: (sql) => {
      if (sql === queries.schemas) return Promise.resolve([]);
      return Promise.resolve(sql === queries.lease ? [{ run_id: runId, token: 1n }] : [counts]);
    },
    close: () => Promise.resolve(),
  };
  return { session, executed };
}
