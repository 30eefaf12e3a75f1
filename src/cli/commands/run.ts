import { randomUUID } from 'node:crypto';
import cliProgress, { type SingleBar } from 'cli-progress';
import type { RunEvent } from '../../run/events.js';
import { run } from '../../run/run.js';
import { ArtifactWriter } from '../artifacts.js';
import {
  type CommonOptions,
  HOLDER,
  type ScopeOptions,
  exitCodeOfRun,
  openWorkplace,
  scopeOf,
  withSession,
} from '../common.js';
import type { Io } from '../io.js';
import { HumanReporter } from '../reporters/human.js';
import { jsonRunEnd, jsonRunEvent } from '../reporters/json.js';

/** `run`: loads what is pending, then builds the models. */
export async function runCommand(
  options: CommonOptions & ScopeOptions & { readonly models: boolean },
  io: Io,
): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const scope = scopeOf(options);
  const human = options.json ? undefined : new HumanReporter(io, io.interactive ? startBar : undefined);
  const runId = randomUUID();
  const artifacts = new ArtifactWriter(workplace.config, runId);
  const emit = (event: RunEvent): void => {
    artifacts.event(event);
    if (human === undefined) io.stdout(jsonRunEvent(event));
    else human.event(event);
  };
  const result = await withSession(workplace, 'write', (session) =>
    run({
      ...workplace,
      session,
      scope,
      signal: io.signal,
      runId,
      holder: HOLDER,
      emit,
      connectForLoads: () => workplace.connect('write'),
      ...(options.models ? { connectForModels: () => workplace.connect('write') } : {}),
    }),
  );
  const note = artifacts.write(result);
  if (note !== undefined) emit({ kind: 'note', note });
  const exitCode = exitCodeOfRun(result);
  if (human === undefined) io.stdout(jsonRunEnd(result, exitCode));
  else human.end(result, exitCode);
  return exitCode;
}

function startBar(total: number, title: string): SingleBar {
  const bar = new cliProgress.SingleBar(
    { format: `  ${title} {bar} {percentage}% {rows} rows`, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { rows: 0 });
  return bar;
}
