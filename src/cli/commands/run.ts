import { randomUUID } from 'node:crypto';
import cliProgress, { type SingleBar } from 'cli-progress';
import { EXIT } from '../../errors.js';
import type { RunResult } from '../../run/events.js';
import { run } from '../../run/run.js';
import {
  type CommonOptions,
  HOLDER,
  type ScopeOptions,
  exitCodeOf,
  openWorkplace,
  scopeOf,
  withSession,
} from '../common.js';
import type { Io } from '../io.js';
import { HumanReporter } from '../reporters/human.js';
import { jsonRunEnd, jsonRunEvent } from '../reporters/json.js';

/** `run`: loads what is pending. */
export async function runCommand(options: CommonOptions & ScopeOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const scope = scopeOf(options);
  const human = options.json ? undefined : new HumanReporter(io, io.interactive ? startBar : undefined);
  const result = await withSession(workplace, 'write', (session) =>
    run({
      ...workplace,
      session,
      scope,
      signal: io.signal,
      runId: randomUUID(),
      holder: HOLDER,
      emit: (event) => {
        if (human === undefined) io.stdout(jsonRunEvent(event));
        else human.event(event);
      },
    }),
  );
  const exitCode = exitCodeOfRun(result);
  if (human === undefined) io.stdout(jsonRunEnd(result, exitCode));
  else human.end(result, exitCode);
  return exitCode;
}

function exitCodeOfRun(result: RunResult): number {
  if (result.error !== undefined) return exitCodeOf(result.error);
  return result.status === 'failed' ? EXIT.failed : EXIT.done;
}

function startBar(total: number, title: string): SingleBar {
  const bar = new cliProgress.SingleBar(
    { format: `  ${title} {bar} {percentage}% {rows} rows`, clearOnComplete: true, hideCursor: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { rows: 0 });
  return bar;
}
