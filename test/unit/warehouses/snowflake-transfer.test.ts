import { describe, expect, it } from 'vitest';
import type { PlannedFile, Publish, Step } from '../../../src/plan/steps.js';
import { printOperation } from '../../../src/render/print.js';
import { INT64, STRING } from '../../../src/schema/logical-types.js';
import type { Transfer } from '../../../src/warehouse/contract.js';
import type { TransferSettings } from '../../../warehouses/snowflake/settings.js';
import { snowflakeDialect } from '../../../warehouses/snowflake/dialect.js';
import { EVERY_STEP, HOSTILE, stepRenderer } from './every-step.js';

/** Snowflake takes no longer text of a statement. */
const MAX_STATEMENT = 1_000_000;

function put(stage?: string, containerBytes = 1000): TransferSettings {
  return { kind: 'put', stage, containerBytes, spoolDirectory: undefined };
}

const PUT = put();
const EXTERNAL: TransferSettings = { kind: 'external', stage: 'loads.heap', prefix: 'heap/' };

function planned(index: number, key: string, more: Partial<PlannedFile> = {}): PlannedFile {
  return {
    index,
    key,
    etag: `etag-${index}`,
    size: 400,
    modifiedAt: 0,
    sortKey: undefined,
    header: [
      { name: 'event_id', type: INT64 },
      { name: 'label', type: STRING },
    ],
    targets: [0, 1],
    ...more,
  };
}

const COLUMNS = [
  { name: 'event_id', type: INT64 },
  { name: 'label', type: STRING },
  { name: 'label__int64', type: INT64 },
];

function transferOf(
  transfer: TransferSettings,
  files: readonly PlannedFile[],
  staging = '_heapload_stage_9_a',
): Transfer {
  const step: Step = { kind: 'transfer', staging, columns: COLUMNS, narrow: undefined, files };
  const [operation] = stepRenderer(snowflakeDialect({ transfer, database: 'ANALYTICS', clusterBy: {} }))(
    step,
  );
  if (operation?.kind !== 'transfer') throw new Error('no transfer');
  return operation;
}

function statementsOf(transfer: Transfer): readonly string[] {
  return (transfer.parts ?? []).flatMap((part) => part.statements.map((statement) => statement.sql));
}

const three = [0, 1, 2].map((n) => planned(n, `heap/sync_9/a/${n}.avro`));

describe('put', () => {
  it('makes a container of as many files as it may hold, with a PUT and a COPY for each', () => {
    const { parts } = transferOf(PUT, three);
    expect(parts?.map((part) => part.files.map((file) => file.index))).toEqual([[0, 1], [2]]);
    const [first, copy, second, copy2] = statementsOf(transferOf(PUT, three));
    expect(first).toMatch(
      /^PUT 'file:\/\/0000\.avro' '@"HEAP"\."_HEAPLOAD_TRANSFER"\/_heapload_stage_9_a\/[0-9a-f]{16}\/' AUTO_COMPRESS = FALSE OVERWRITE = TRUE$/,
    );
    expect(copy).toContain(`FILES = ('0000.avro')`);
    expect(second).toContain(`'file://0001.avro'`);
    expect(copy2).toContain(`FILES = ('0001.avro')`);
  });

  it('the same files go to the same place; other files, columns or sizes of containers to another', () => {
    const [first] = statementsOf(transferOf(PUT, three));
    expect(statementsOf(transferOf(PUT, three))[0]).toBe(first);
    const others = [
      transferOf(PUT, three.slice(1)),
      transferOf(PUT, [...three.slice(0, 2), planned(2, 'heap/sync_9/a/2.avro', { etag: 'new' })]),
      transferOf(PUT, [...three.slice(0, 2), planned(2, 'heap/sync_9/a/2.avro', { targets: [0, 2] })]),
      transferOf(put(undefined, 900), three),
    ].map((transfer) => statementsOf(transfer)[0]);
    expect(new Set([first, ...others]).size).toBe(5);
  });

  it('keeps to a folder of its own in a stage of the user', () => {
    const [first] = statementsOf(transferOf(put('loads.heap'), three));
    expect(first).toContain(`'@loads.heap/heapload/analytics/heap/_heapload_stage_9_a/`);
  });

  it('takes any name of a table into a path, two names never into one', () => {
    const paths = ['a b', 'a_b', 'a-b', `a'b`, 'ä', HOSTILE].map(
      (name) => statementsOf(transferOf(PUT, three, name))[0],
    );
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths)
      expect(path).toMatch(/^PUT 'file:\/\/0000\.avro' '@"HEAP"\."_HEAPLOAD_TRANSFER"\/[\w/-]+' /);
  });

  it('finds the folder of a table again by the name that the catalog shows', () => {
    const stage = snowflakeDialect().fileStage;
    expect(stage?.folder('_HEAPLOAD_STAGE_9_A')).toBe(stage?.folder('_heapload_stage_9_a'));
  });

  it('shows its statements as they are sent', () => {
    const transfer = transferOf(PUT, three);
    const shown = printOperation(transfer)
      .split('\n')
      .map((line) => line.replace(/^-- ?/, ''))
      .join('\n');
    for (const sql of statementsOf(transfer)) expect(shown).toContain(`${sql};`);
  });

  it('makes its stage before a load, and empties the folder behind it', () => {
    const sqlOf = (transfer: TransferSettings, name: string): string => {
      const step = EVERY_STEP.find(([title]) => title === name)?.[1];
      if (step === undefined) throw new Error(`no step ${name}`);
      return stepRenderer(snowflakeDialect({ transfer, database: 'ANALYTICS', clusterBy: {} }))(step)
        .map((operation) => (operation.kind === 'statement' ? operation.sql : ''))
        .join(';\n');
    };
    expect(sqlOf(PUT, 'create-staging')).toContain('CREATE STAGE IF NOT EXISTS "HEAP"."_HEAPLOAD_TRANSFER";');
    // The table goes last: as long as it is there, the next run sees that files may be left.
    expect(sqlOf(PUT, 'drop-staging')).toMatch(/^REMOVE '@[^']+\/';\nDROP TABLE/);
    expect(sqlOf(put('mine'), 'create-staging')).not.toContain('CREATE STAGE');
    expect(sqlOf(put('mine'), 'drop-staging')).toContain(`REMOVE '@mine/heapload/analytics/heap/`);
    expect(sqlOf(EXTERNAL, 'create-staging')).not.toContain('STAGE IF');
    expect(sqlOf(EXTERNAL, 'drop-staging')).not.toContain('REMOVE');
  });
});

describe('external', () => {
  it('copies from the stage, with the place of each file and row', () => {
    const [copy = ''] = statementsOf(transferOf(EXTERNAL, three));
    expect(copy).toContain(`FROM '@loads.heap/'`);
    expect(copy).toContain(`WHEN 'heap/sync_9/a/1.avro' THEN 1`);
    expect(copy).toContain(`'sync_9/a/1.avro',`);
    expect(copy).toContain('METADATA$FILE_ROW_NUMBER - 1');
  });

  it('names at most 1,000 files in one COPY, whose text stays below the limit', () => {
    const long = 'k'.repeat(1000);
    const files = Array.from({ length: 2500 }, (_, n) =>
      planned(n, n < 1500 ? `heap/${n}` : `heap/${long}${n}`),
    );
    const transfer = transferOf(EXTERNAL, files);
    const sizes = (transfer.parts ?? []).map((part) => part.files.length);
    expect(sizes.slice(0, 2)).toEqual([1000, expect.any(Number)]);
    expect(Math.max(...sizes)).toBe(1000);
    expect(sizes.reduce((a, b) => a + b)).toBe(2500);
    for (const sql of statementsOf(transfer)) expect(sql.length).toBeLessThan(MAX_STATEMENT);
  });

  it('a COPY holds files alone that put the same columns into the same places', () => {
    const variant = {
      header: [
        { name: 'event_id', type: INT64 },
        { name: 'label', type: INT64 },
      ],
      targets: [0, 2],
    };
    const files = [planned(0, 'a'), planned(1, 'b', variant), planned(2, 'c')];
    const transfer = transferOf(EXTERNAL, files);
    expect(transfer.parts?.map((part) => part.files.map((file) => file.key))).toEqual([['a', 'c'], ['b']]);
    const [first = '', second = ''] = statementsOf(transfer);
    expect(first).not.toContain('"LABEL__INT64"');
    expect(second).toContain('"LABEL__INT64"');
    expect(second).toContain('$1:"label"::NUMBER(38,0)');
  });

  it('hostile keys stay inside their literals', () => {
    const [copy = ''] = statementsOf(transferOf(EXTERNAL, [planned(0, `heap/${HOSTILE}`)]));
    const bare = copy.replace(/'(?:[^'\\]|''|\\.)*'/g, "''");
    expect(bare).not.toMatch(/DROP|--|@run_id/);
    expect(bare).toContain(`WHEN '' THEN 0`);
  });
});

describe('a load of 12,000 files', () => {
  it('sends no statement that is longer than Snowflake takes', () => {
    const [, step] = EVERY_STEP.find(([, each]) => each.kind === 'publish') ?? [];
    if (step?.kind !== 'publish') throw new Error('no publish');
    const files = Array.from({ length: 12_000 }, (_, n) =>
      planned(n, `heap/sync_9/${'k'.repeat(900)}/${n}.avro`),
    );
    const publish: Publish = { ...step.publish, files };
    const render = stepRenderer(
      snowflakeDialect({
        transfer: put(undefined, 2_000_000),
        database: 'A',
        clusterBy: {},
      }),
    );
    const sizes = [
      ...render({ kind: 'publish', publish }),
      ...render({
        kind: 'transfer',
        staging: '_heapload_stage_9_a',
        columns: COLUMNS,
        narrow: undefined,
        files,
      }),
    ].flatMap((operation) =>
      operation.kind === 'statement'
        ? [operation.sql.length]
        : statementsOf(operation).map((sql) => sql.length),
    );
    expect(sizes.length).toBeGreaterThan(24);
    expect(Math.max(...sizes)).toBeLessThan(MAX_STATEMENT);
  });
});
