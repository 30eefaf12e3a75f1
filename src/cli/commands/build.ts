import type { ModelsRequest } from '../../run/prepare-models.js';
import { build } from '../../run/build.js';
import { type CommonOptions, HOLDER, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { HumanReporter } from '../reporters/human.js';
import { toldRun } from '../told-run.js';

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
  const human = options.json
    ? undefined
    : new HumanReporter(io, undefined, 'no model or data test is selected');
  const mode = want.models ? 'write' : 'read';
  return await toldRun({ config: workplace.config, io, human }, (underWay) =>
    withSession(workplace, mode, (session) =>
      build(
        {
          ...workplace,
          ...underWay,
          session,
          scope: { tables: undefined, toDump: undefined },
          signal: io.signal,
          holder: HOLDER,
          connect: () => workplace.connect(mode),
        },
        { ...requestOf(options), want },
      ),
    ),
  );
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
