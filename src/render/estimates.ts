import type { PlannedLoad } from '../plan/load.js';
import type { AssignedColumn, ColumnDefinition, Publish } from '../plan/steps.js';
import { STAGED_FILE_COLUMN, STAGED_ROW_COLUMN, nameKey } from '../schema/identifiers.js';
import { INT64 } from '../schema/logical-types.js';
import type { Statement } from '../warehouse/contract.js';
import { publishContext } from './contexts.js';
import { engineFor } from './engines.js';
import { type RenderSettings, statementMaker } from './make.js';
import { prunes } from './publish.js';

/** A question about costs; `find-days` is what a merge reads to find its partitions, the others what they may save. */
export interface CostQuestion {
  readonly about: 'find-days' | 'count-merge' | 'merge';
  readonly statement: Statement;
}

/**
 * The statements of a load that read its table, made so that a warehouse can price them before there is a staging
 * table: something without its rows stands for it, and all partitions are read. Columns that the load adds are left out: a
 * warehouse does not know them yet, and there is nothing in them to read. None for loads that read no table.
 */
export function costQuestions(planned: PlannedLoad, settings: RenderSettings): readonly CostQuestion[] {
  if (planned.createsTable) return [];
  const make = statementMaker(engineFor(settings.dialect, settings.schema), settings);
  return planned.publish.flatMap((step) => {
    if (step.kind !== 'publish' || step.publish.mode !== 'merge' || step.publish.staging === undefined)
      return [];
    const publish = { ...step.publish, columns: withoutAdded(step.publish.columns, planned) };
    const imagined = { imagined: true, stagedColumns: stagedColumns(publish) };
    const context = {
      ...publishContext({ ...publish, partitionedBy: undefined }, settings.schema),
      ...imagined,
    };
    const days = { ...publishContext(publish, settings.schema), ...imagined };
    return [
      ...(prunes(publish)
        ? [{ about: 'find-days' as const, statement: make('estimate/find-days', days) }]
        : []),
      { about: 'count-merge' as const, statement: make('count-merge', context) },
      { about: 'merge' as const, statement: make('merge', context) },
    ];
  });
}

function withoutAdded(
  columns: readonly AssignedColumn[],
  { additions }: PlannedLoad,
): readonly AssignedColumn[] {
  const added = new Set(additions.map(({ name }) => nameKey(name)));
  return columns.filter(({ name }) => !added.has(nameKey(name)));
}

/** Every staged column a publish names. */
function stagedColumns(publish: Publish): readonly ColumnDefinition[] {
  const sources = [
    ...publish.columns.flatMap((column: AssignedColumn) => column.sources),
    ...(publish.startFilter?.sources ?? []),
  ];
  const columns = new Map(
    sources.map(({ staged, from }) => [nameKey(staged), { name: staged, type: from }] as const),
  );
  return [
    { name: STAGED_FILE_COLUMN, type: INT64 },
    { name: STAGED_ROW_COLUMN, type: INT64 },
    ...columns.values(),
  ];
}
