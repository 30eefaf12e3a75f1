import { randomUUID } from 'node:crypto';
import type { Config } from '../config/types.js';
import type { RunEvent, RunResult } from '../run/events.js';
import { ArtifactWriter } from './artifacts.js';
import { exitCodeOfRun } from './exit-codes.js';
import type { Io } from './io.js';
import type { HumanReporter } from './reporters/human.js';
import { jsonRunEnd, jsonRunEvent } from './reporters/json.js';

export interface Told {
  readonly config: Config;
  readonly io: Io;
  /** Undefined: each event is a line of JSON. */
  readonly human: HumanReporter | undefined;
}

/** Under what id `work` runs, and whom it tells what happens. */
export interface RunUnderWay {
  readonly runId: string;
  readonly emit: (event: RunEvent) => void;
}

/**
 * Carries out what loads or builds, tells of it on the way and at the end, and writes the artifacts of its models. Gives the
 * exit code. Throws what `work` throws, and then tells no end.
 */
export async function toldRun(
  { config, io, human }: Told,
  work: (underWay: RunUnderWay) => Promise<RunResult>,
): Promise<number> {
  const runId = randomUUID();
  const artifacts = new ArtifactWriter(config, runId);
  const emit = (event: RunEvent): void => {
    artifacts.event(event);
    if (human === undefined) io.stdout(jsonRunEvent(event));
    else human.event(event);
  };
  const result = await work({ runId, emit });
  const note = artifacts.write(result);
  if (note !== undefined) emit({ kind: 'note', note });
  const exitCode = exitCodeOfRun(result);
  if (human === undefined) io.stdout(jsonRunEnd(result, exitCode));
  else human.end(result, exitCode);
  return exitCode;
}
