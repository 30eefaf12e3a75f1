import { randomUUID } from 'node:crypto';
import type { ModelsRequest } from '../../run/prepare-models.js';
import { build } from '../../run/build.js';
import { ArtifactWriter } from '../artifacts.js';
import { type CommonOptions, HOLDER, exitCodeOfRun, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { HumanReporter } from '../reporters/human.js';
import { jsonRunEnd, jsonRunEvent } from '../reporters/json.js';

export interface SelectionOptions {
  readonly select?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

export type BuildOptions = CommonOptions & SelectionOptions & { readonly 'full-refresh': boolean };

/** `build`, `models run` and `models test`: the same, with models, tests or both. */
export async function buildCommand(
  options: BuildOptions,
  io: Io,
  want: ModelsRequest['want'] = { models: true, tests: true },
): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const runId = randomUUID();
  const human = options.json
    ? undefined
    : new HumanReporter(io, undefined, 'no model or data test is selected');
  const artifacts = new ArtifactWriter(workplace.config, runId);
  const mode = want.models ? 'write' : 'read';
  const emit: Parameters<typeof build>[0]['emit'] = (event) => {
    artifacts.event(event);
    if (human === undefined) io.stdout(jsonRunEvent(event));
    else human.event(event);
  };
  const result = await withSession(workplace, mode, (session) =>
    build(
      {
        ...workplace,
        session,
        scope: { tables: undefined, toDump: undefined },
        signal: io.signal,
        runId,
        holder: HOLDER,
        connect: () => workplace.connect(mode),
        emit,
      },
      { ...requestOf(options), want },
    ),
  );
  const note = artifacts.write(result);
  if (note !== undefined) emit({ kind: 'note', note });
  const exitCode = exitCodeOfRun(result);
  if (human === undefined) io.stdout(jsonRunEnd(result, exitCode));
  else human.end(result, exitCode);
  return exitCode;
}

/** What the options of a command on models select. */
export function requestOf(
  options: SelectionOptions & { readonly 'full-refresh'?: boolean },
): Omit<ModelsRequest, 'want'> {
  return {
    selection: { select: options.select ?? [], exclude: options.exclude ?? [] },
    fullRefresh: options['full-refresh'] ?? false,
  };
}
