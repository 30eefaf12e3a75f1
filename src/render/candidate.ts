import type { Candidate, ColumnDefinition, Step } from '../plan/steps.js';
import type { Statement } from '../warehouse/contract.js';
import { publishContext } from './contexts.js';
import { type Make, type RenderSettings, createStaging, stagedColumns } from './make.js';

/** The empty candidate of a load. */
export function createCandidate(
  { candidate, table }: Extract<Step, { kind: 'create-candidate' }>,
  make: Make,
  settings: RenderSettings,
): Statement {
  return createStaging(candidate.name, [...ownColumns(candidate), ...table.columns], make, settings);
}

/**
 * The rows of the load's files into its candidate, what decides about them from there into staging, and then the
 * candidate is made what the table will be. Not in the publish: a table that rows were deleted from cannot be altered
 * in the same transaction.
 */
export function candidateStatements(
  { candidate, publish }: Extract<Step, { kind: 'fill-candidate' }>,
  make: Make,
  { schema }: RenderSettings,
): readonly Statement[] {
  const context = publishContext(publish, schema);
  return [
    make('fill-candidate', context),
    make('stage-deciding', context),
    make('decide', context),
    make('delete-losers', context),
    ...ownColumns(candidate).map((column) => make('drop-column', { name: candidate.name, column })),
  ];
}

/** Columns of a candidate that the table does not have. */
function ownColumns({ deciding }: Candidate): readonly ColumnDefinition[] {
  return [...stagedColumns(true), ...deciding];
}
