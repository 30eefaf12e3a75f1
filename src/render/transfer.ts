import type { Step } from '../plan/steps.js';
import type { Statement, Transfer } from '../warehouse/contract.js';
import type { Make, RenderSettings } from './make.js';

/** A transfer, with the statements of its parts where the warehouse takes files in by SQL. */
export function renderTransfer(
  step: Extract<Step, { kind: 'transfer' }>,
  make: Make,
  { dialect, schema }: RenderSettings,
): Transfer {
  const into = { schema, name: step.staging };
  const { files, columns, narrow } = step;
  const transfer = { kind: 'transfer', into, files, columns, narrow } as const;
  const parts = dialect.splitTransfer?.(transfer).map(({ files: ofPart, statements }) => ({
    files: ofPart,
    statements: statements.map(({ template, context }) => make(template, context)),
  }));
  const rendered = parts === undefined ? transfer : { ...transfer, parts };
  return { ...rendered, preview: dialect.describeTransfer(rendered) };
}

/** Before a load puts files there. */
export function makeFileStage(make: Make, { dialect }: RenderSettings): readonly Statement[] {
  return dialect.fileStage?.isMade === true ? [make('create-file-stage', {})] : [];
}

/** What a load, or one that died, has put there. */
export function emptyFileStage(
  step: Extract<Step, { kind: 'drop-staging' }>,
  make: Make,
  { dialect }: RenderSettings,
): readonly Statement[] {
  const { fileStage } = dialect;
  if (fileStage?.isEmptied !== true) return [];
  return [make('remove-files', { folder: fileStage.folder(step.staging) })];
}
