import cliProgress, { type SingleBar } from 'cli-progress';
import { run } from '../../run/run.js';
import {
  type CommonOptions,
  HOLDER,
  type ScopeOptions,
  openWorkplace,
  scopeOf,
  withSession,
} from '../common.js';
import type { Io } from '../io.js';
import { HumanReporter } from '../reporters/human.js';
import { toldRun } from '../told-run.js';

/** `run`: loads what is pending, then builds the models. */
export async function runCommand(
  options: CommonOptions & ScopeOptions & { readonly models: boolean },
  io: Io,
): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const scope = scopeOf(options);
  const human = options.json ? undefined : new HumanReporter(io, io.interactive ? startBar : undefined);
  return await toldRun({ config: workplace.config, io, human }, (underWay) =>
    withSession(workplace, 'write', (session) =>
      run({
        ...workplace,
        ...underWay,
        session,
        scope,
        signal: io.signal,
        holder: HOLDER,
        connectForLoads: () => workplace.connect('write'),
        ...(options.models ? { connectForModels: () => workplace.connect('write') } : {}),
      }),
    ),
  );
}

function startBar(total: number, title: string): SingleBar {
  const bar = new cliProgress.SingleBar(
    { format: `  ${title} {bar} {percentage}% {rows} rows`, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { rows: 0 });
  return bar;
}
