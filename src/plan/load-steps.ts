import type { Capabilities } from '../warehouse/contract.js';
import { clusterColumns } from './clustering.js';
import { decidingColumns } from './staging.js';
import type { TableState } from './state.js';
import type { ColumnDefinition, FinalColumn, Publish, Step } from './steps.js';

/** What a run does for a load, in four phases: the steps of its plan, or the operations they become. */
export interface Phases<T> {
  /** Additive DDL and the empty staging table; can be repeated. */
  readonly prepare: readonly T[];
  /** Rows into staging; can be repeated after `prepare`. */
  readonly stage: readonly T[];
  /** One transaction. */
  readonly publish: readonly T[];
  readonly cleanup: readonly T[];
}

/** All of it, in the order in which it is done. */
export function inOrder<T>({ prepare, stage, publish, cleanup }: Phases<T>): readonly T[] {
  return [...prepare, ...stage, ...publish, ...cleanup];
}

/** What the steps follow from, every decision taken. */
export interface Decisions {
  readonly publish: Publish;
  readonly existing: TableState | undefined;
  readonly additions: readonly FinalColumn[];
  /** Columns that the files have, as they are staged. */
  readonly staged: readonly ColumnDefinition[];
  /** The column that a new table can be partitioned by. */
  readonly timeColumn: string | undefined;
}

export function loadSteps(decisions: Decisions, capabilities: Capabilities): Phases<Step> {
  const { publish } = decisions;
  const { staging, candidate, fileList } = publish;
  const staged = staging === undefined ? undefined : stagedColumns(staging, decisions);
  return {
    prepare: [...ddlSteps(decisions, capabilities), ...stagingSteps(staged)],
    stage: stageSteps(publish, staged),
    publish: [{ kind: 'publish', publish }],
    cleanup: [staging, candidate?.name, fileList]
      .filter((name) => name !== undefined)
      .map((name) => ({ kind: 'drop-staging', staging: name })),
  };
}

function ddlSteps(decisions: Decisions, capabilities: Capabilities): readonly Step[] {
  const { publish, existing, additions, timeColumn } = decisions;
  const { load, keys, candidate } = publish;
  if (additions.length === 0) return [];
  if (existing !== undefined)
    return additions.map((column) => ({ kind: 'add-column', table: load.table, column }));
  const table = { name: load.table, columns: additions };
  const clustered = clusterColumns(capabilities, { ...table, keys });
  const made = { ...table, clusterColumns: clustered, timeColumn };
  return [
    candidate === undefined
      ? { kind: 'create-table', table: made }
      : { kind: 'create-candidate', candidate, table: made },
  ];
}

interface Staged extends Pick<Extract<Step, { kind: 'transfer' }>, 'staging' | 'columns' | 'narrow'> {
  /** Columns of the staging table. */
  readonly kept: readonly ColumnDefinition[];
}

function stagedColumns(staging: string, { publish, staged: columns }: Decisions): Staged {
  const { candidate, rereads } = publish;
  if (candidate !== undefined) {
    const kept = candidate.deciding.map(({ staged: name, type }) => ({ name, type }));
    // The candidate is filled first, and staging from it: so files are decoded once.
    return { staging, columns, narrow: [], kept };
  }
  if (!rereads) return { staging, columns, narrow: undefined, kept: columns };
  const kept = decidingColumns(publish, columns);
  return { staging, columns, narrow: kept.map((column) => columns.indexOf(column)), kept };
}

function stagingSteps(staged: Staged | undefined): readonly Step[] {
  if (staged === undefined) return [];
  const { staging, kept, narrow } = staged;
  return [{ kind: 'create-staging', staging, columns: kept, places: narrow !== undefined }];
}

function stageSteps(publish: Publish, staged: Staged | undefined): readonly Step[] {
  const { fileList, files, candidate } = publish;
  const steps: Step[] = [];
  if (staged !== undefined) {
    const { staging, columns, narrow } = staged;
    steps.push({ kind: 'transfer', staging, columns, narrow, files });
  }
  if (candidate !== undefined) steps.push({ kind: 'fill-candidate', candidate, publish });
  if (fileList !== undefined) steps.push({ kind: 'stage-files', list: fileList, publish });
  return steps;
}
