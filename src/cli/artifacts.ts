import { HeaploadError } from '../errors.js';
import type { Config } from '../config/types.js';
import { writeArtifacts } from '../models/artifacts.js';
import type { ModelPlan } from '../models/plan.js';
import type { Note } from '../plan/schedule-types.js';
import type { RunEvent, RunResult } from '../run/events.js';
import { VERSION } from '../version.js';

/** Looks on while a run works, and afterwards writes down what it did with models. */
export class ArtifactWriter {
  #plan: ModelPlan | undefined;

  constructor(
    private readonly config: Config,
    private readonly runId: string,
  ) {}

  event(event: RunEvent): void {
    if (event.kind === 'models-planned') this.#plan = event.plan;
  }

  /** What is wrong with the folder must not spoil what was built: it becomes a note. */
  write({ nodes }: RunResult): Note | undefined {
    if (this.#plan === undefined) return undefined;
    const results = nodes.map(({ kind, name, status, seconds, failures, error }) => {
      return { kind, name, status, seconds, failures, message: error?.message };
    });
    try {
      const stamp = { version: VERSION, runId: this.runId, now: new Date() };
      writeArtifacts(this.config, this.#plan, results, stamp);
      return undefined;
    } catch (error) {
      if (error instanceof HeaploadError) return { message: `${error.code}: ${error.message}` };
      throw error;
    }
  }
}
