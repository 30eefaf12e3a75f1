import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER, LEDGER_VERSION, type LedgerTable } from '../../src/plan/ledger.js';
import type { Plan } from '../../src/plan/plan.js';
import { EMPTY_STATE, type WarehouseState } from '../../src/plan/state.js';
import { printPlan } from '../../src/render/print.js';
import { Planner } from '../../src/run/prepare.js';
import { directoryStore } from '../../src/source/directory-store.js';
import type { Dialect } from '../../src/warehouse/contract.js';
import { WAREHOUSES } from '../../src/warehouse/registry.js';
import { writeDump } from '../support/dump-writer.js';
import { duckdbTarget } from '../support/target.js';
import { World } from '../support/world.js';
import { GOLDEN_SCENARIOS, type GoldenScenario } from './scenarios.js';

// Files under test/golden/<scenario>/<dialect>.sql are what a reviewer reads; `vitest -u` writes them anew.
const DIALECTS: readonly Dialect[] = Object.values(WAREHOUSES).map((warehouse) => warehouse.dialect());

describe.each(GOLDEN_SCENARIOS)('golden SQL: $name', (scenario) => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'heapload-golden-'));
    for (const dump of scenario.dumps) await writeDump(root, dump);
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it.each(DIALECTS)('$name', async (dialect) => {
    const text = await planText(scenario, root, dialect);
    await expect(text).toMatchFileSnapshot(`${scenario.name}/${dialect.name}.sql`);
  });
});

async function planText(scenario: GoldenScenario, root: string, dialect: Dialect): Promise<string> {
  const world = await World.create(duckdbTarget, scenario.config, root);
  try {
    let state = EMPTY_STATE;
    let text = '';
    for (const toDump of scenario.runs) {
      const planner = new Planner({
        config: world.config,
        store: stableStore(root),
        dialect,
        scope: { tables: undefined, toDump },
        signal: new AbortController().signal,
      });
      const { plan, rendered } = await planner.prepare(state);
      expect(plan.failures).toEqual([]);
      text += printPlan(rendered, `${scenario.title}: dumps up to ${toDump.toString()}`).replaceAll(
        /'dir-[^']*'/g,
        "'etag'",
      );
      state = afterRun(state, plan, world.config.source.layout);
    }
    return text;
  } finally {
    await world.dispose();
  }
}

/** The directory store, its etags and times made independent of when the files were written. */
function stableStore(root: string): ReturnType<typeof directoryStore> {
  const store = directoryStore(root, {});
  const stable = <T extends { key: string; etag: string; modifiedAt: number }>(info: T): T => ({
    ...info,
    etag: `etag-of-${path.basename(info.key)}`,
    modifiedAt: 1_700_000_000_000,
  });
  return {
    ...store,
    async *list(prefix, options) {
      for await (const info of store.list(prefix, options)) yield stable(info);
    },
    async open(key, options = {}) {
      const { etag: _etag, ...rest } = options;
      const body = await store.open(key, rest);
      return { ...body, info: stable(body.info) };
    },
  };
}

/** What `observe` would see after the run. */
function afterRun(state: WarehouseState, plan: Plan, layout: string): WarehouseState {
  const dumps = plan.loads.map(({ load }) => load.dumpId);
  return {
    ...plan.finalState,
    schemaExists: true,
    ledgerTables: new Set(Object.keys(LEDGER) as LedgerTable[]),
    ledger: {
      ...plan.finalState.ledger,
      layout,
      version: LEDGER_VERSION,
      leaseToken: state.ledger.leaseToken + 1n,
      dumps: new Set([...state.ledger.dumps, ...dumps]),
    },
  };
}
