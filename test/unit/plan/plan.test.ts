import { describe, expect, it } from 'vitest';
import { HeaploadError } from '../../../src/errors.js';
import { evolve } from '../../../src/plan/evolve.js';
import { LEDGER, type LedgerTable } from '../../../src/plan/ledger.js';
import { type PlanInputs, isEmpty, planRun } from '../../../src/plan/plan.js';
import { scheduleManifests } from '../../../src/plan/schedule.js';
import { type ColumnState, EMPTY_STATE, type WarehouseState, findTable } from '../../../src/plan/state.js';
import type { Step } from '../../../src/plan/steps.js';
import { DUMP_ID_COLUMN } from '../../../src/schema/identifiers.js';
import { INT64, STRING } from '../../../src/schema/logical-types.js';
import type { Manifest } from '../../../src/source/manifests.js';
import {
  TABLES,
  columns,
  deepFreeze,
  entry,
  inspectedAll,
  ledger,
  loaded,
  manifest,
  openLoad,
  planInputs,
} from './support.js';

const HEADER = columns({ event_id: 'int64', label: 'string' });

function inputs(manifests: readonly Manifest[], more: Partial<PlanInputs> = {}): PlanInputs {
  const state = more.state ?? EMPTY_STATE;
  const listed = manifests.map(({ dumpId, key, etag }) => ({ dumpId, key, etag, size: 1 }));
  const scope = { tables: undefined, toDump: undefined };
  const schedule = scheduleManifests({
    tables: TABLES,
    ledger: state.ledger,
    scope,
    listed,
    manifests,
    problems: [],
  });
  return planInputs({ schedule, inspected: inspectedAll(manifests, HEADER), ...more });
}

function columnState(name: string): ColumnState {
  return { name, type: INT64, nativeType: 'BIGINT', origin: name };
}

/** A schema in which `click` was loaded up to a dump. */
function loadedState(dumpId: bigint, more: Partial<WarehouseState> = {}): WarehouseState {
  return {
    schemaExists: true,
    tables: new Map([['click', { name: 'click', columns: ['event_id', DUMP_ID_COLUMN].map(columnState) }]]),
    ledgerTables: new Set(Object.keys(LEDGER) as LedgerTable[]),
    ledger: ledger({
      layout: 'manifests',
      version: 1n,
      dumps: new Set([dumpId]),
      tables: new Map([['click', loaded(dumpId, 'click')]]),
      columns: new Map([['click', new Map([['event_id', 'event_id']])]]),
    }),
    ...more,
  };
}

describe('planning is a pure function', () => {
  const dumps = [
    manifest(1n, entry('click', true, ['a', 'b']), entry('users', true)),
    manifest(2n, entry('click', false), entry('view', true)),
  ];
  const scenes: readonly [string, () => PlanInputs][] = [
    ['into an empty warehouse', () => inputs(dumps)],
    ['onto tables that are there', () => inputs(dumps, { state: loadedState(0n) })],
    [
      'with a failing table',
      () => inputs(dumps, { onBadFile: 'fail', badFiles: new Map([['sync_1/users/f', bad()]]) }),
    ],
    [
      'with a skipped file',
      () => inputs(dumps, { onBadFile: 'skip', badFiles: new Map([['sync_1/users/f', bad()]]) }),
    ],
  ];

  it.each(scenes)('%s: frozen inputs, and the same plan again and again', (_, make) => {
    const given = deepFreeze(make());
    const first = planRun(given);
    expect(planRun(given)).toEqual(first);
    expect(planRun(make())).toEqual(first);
    for (const step of [
      ...first.setup,
      ...first.record,
      ...first.loads.flatMap((load) => [...load.prepare, ...load.publish]),
    ]) {
      const before = deepFreeze(
        findTable(given.state, 'click') === undefined ? stateWithClick() : given.state,
      );
      expect(evolve(before, step)).toEqual(evolve(before, step));
    }
  });
});

function bad(): HeaploadError {
  return new HeaploadError('AVRO_INVALID', 'damaged', { hint: 'x' });
}

function stateWithClick(): WarehouseState {
  return loadedState(0n, {
    tables: new Map(['click', 'users', 'view'].map((name) => [name, { name, columns: [] }])),
  });
}

describe('the plan', () => {
  it('of nothing is empty', () => {
    expect(isEmpty(planRun(inputs([])))).toBe(true);
    expect(isEmpty(planRun(inputs([manifest(1n, entry('click', true))], { state: loadedState(1n) })))).toBe(
      true,
    );
  });

  it('sets up only what is missing, and always takes the lease', () => {
    const kinds = (state: WarehouseState) => planRun(inputs([], { state })).setup.map((step) => step.kind);
    expect(kinds(EMPTY_STATE)).toEqual([
      'create-schema',
      ...Object.keys(LEDGER).map(() => 'create-ledger-table'),
      'seed-lease',
      'acquire-lease',
      'start-run',
    ]);
    expect(kinds(loadedState(1n))).toEqual(['acquire-lease', 'start-run']);
  });

  it('a load sees the columns an earlier one adds', () => {
    const dumps = [manifest(2n, entry('click', true)), manifest(3n, entry('click', true))];
    const plan = planRun(inputs(dumps, { state: loadedState(1n) }));
    expect(plan.loads.map((load) => load.prepare.map((step) => step.kind))).toEqual([
      ['add-column', 'create-staging'],
      ['create-staging'],
    ]);
    expect(findTable(plan.finalState, 'click')?.columns.map((column) => column.name)).toEqual([
      'event_id',
      DUMP_ID_COLUMN,
      'label',
    ]);
    expect(plan.finalState.ledger.tables.get('click')).toEqual({ sourceTables: ['click'], newestLoaded: 3n });
  });

  it('of a failed load lets no later one of its table pass', () => {
    const dumps = [1n, 2n].map((id) => manifest(id, entry('click', true), entry('view', true)));
    const plan = planRun(inputs(dumps, { badFiles: new Map([['sync_1/click/f', bad()]]) }));
    expect(plan.loads.map(({ load }) => load.loadId)).toEqual(['1/view', '2/view']);
    expect(plan.failures.map(({ error }) => [error.code, error.place.dump, error.place.table])).toEqual([
      ['AVRO_INVALID', 1n, 'click'],
    ]);
    expect(plan.notes).toEqual([
      { dumpId: 2n, table: 'click', message: 'waits for dump 1, which cannot be loaded' },
    ]);
  });

  it('removes what dead runs left, but not what it is about to use', () => {
    const staging = (name: string): [string, { name: string; columns: [] }] => [name, { name, columns: [] }];
    const state = loadedState(1n);
    const tables = new Map([
      ...state.tables,
      staging('_heapload_stage_7_2_click'),
      staging('_heapload_stage_6_1_click'),
    ]);
    const plan = planRun(inputs([manifest(2n, entry('click', true))], { state: { ...state, tables } }));
    expect(plan.record.filter((step) => step.kind === 'drop-staging')).toEqual([
      { kind: 'drop-staging', staging: '_heapload_stage_6_1_click' },
    ]);
  });

  it.each<[string, Partial<WarehouseState['ledger']>, string]>([
    ['another version', { version: 2n }, 'LEDGER_VERSION'],
    ['another layout', { layout: 'files' }, 'CONFIG_INVALID'],
  ])('refuses a ledger of %s', (_, more, code) => {
    const state = loadedState(1n);
    const work = () => planRun(inputs([], { state: { ...state, ledger: { ...state.ledger, ...more } } }));
    expect(work).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('refuses a table that has vanished', () => {
    const plan = planRun(
      inputs([manifest(2n, entry('click', true))], { state: loadedState(1n, { tables: new Map() }) }),
    );
    expect(plan.failures.map((failure) => failure.error.code)).toEqual(['TABLE_VANISHED']);
  });

  it('a bug is not a failure of a load', () => {
    expect(() => planRun(inputs([manifest(1n, entry('click', true))], { inspected: new Map() }))).toThrow(
      'was not inspected',
    );
  });

  it('an open load is planned like a new one', () => {
    const state = loadedState(1n);
    const open = { ...state.ledger, dumps: new Set([1n, 2n]), openLoads: [openLoad(2n, 'click')] };
    const plan = planRun(inputs([manifest(2n, entry('click', true))], { state: { ...state, ledger: open } }));
    expect({ loads: plan.loads.map(({ load }) => load.loadId), record: plan.record }).toEqual({
      loads: ['2/click'],
      record: [],
    });
  });
});

describe('evolve', () => {
  it('adds a column to the table, whatever its case', () => {
    const step: Step = {
      kind: 'add-column',
      table: 'CLICK',
      column: { name: 'label', type: STRING, origin: 'label' },
    };
    expect(findTable(evolve(loadedState(1n), step), 'click')?.columns.map((column) => column.name)).toEqual([
      'event_id',
      DUMP_ID_COLUMN,
      'label',
    ]);
    expect(() => evolve(EMPTY_STATE, step)).toThrow('add-column before create-table');
  });
});
