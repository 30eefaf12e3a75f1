import { EXIT } from '../../errors.js';
import type { LoadCounts, RunEvent, RunResult } from '../../run/events.js';
import type { Io } from '../io.js';
import { LoadsBar, type StartBar } from './loads-bar.js';
import { colors, count, formatError, formatNode, formatNote, size } from './format.js';

/** Lines for people; on a terminal a progress bar for the loads that are under way. */
export class HumanReporter {
  readonly #io: Io;
  readonly #bar: LoadsBar | undefined;
  /** What the loads under way add to their tables, by load. */
  readonly #growth = new Map<string, string>();
  readonly #nothing: string;

  /** `nothing`: why there was nothing to do, when there was not. */
  constructor(io: Io, startBar: StartBar | undefined, nothing = 'no dump is pending') {
    this.#io = io;
    this.#bar = startBar === undefined ? undefined : new LoadsBar(startBar);
    this.#nothing = nothing;
  }

  event(event: RunEvent): void {
    const { color } = this.#io;
    switch (event.kind) {
      case 'planned':
        if (event.loads > 0) {
          this.#io.stdout(
            `${count(event.loads, 'load')} to do: ${count(event.files, 'file')}, ${size(event.bytes)}\n`,
          );
        }
        return;
      case 'note':
        this.#clear();
        this.#io.stderr(formatNote(event.note, color.stderr));
        return;
      case 'failure':
        this.#clear();
        this.#bar?.fail(event.failure.table);
        this.#io.stderr(formatError(event.failure.error, color.stderr));
        return;
      case 'load-started':
        this.#growth.set(event.load.loadId, growth(event.createsTable, event.addedColumns));
        this.#bar?.begin(event.load, event.bytes);
        return;
      case 'load-progress':
        this.#bar?.update(event.load, event);
        return;
      case 'load-done': {
        this.#clear();
        const { load, counts } = event;
        this.#bar?.end(load);
        const grown = this.#growth.get(load.loadId) ?? '';
        const what = `${load.table.padEnd(24)} dump ${load.dumpId.toString()}  ${load.mode.padEnd(7)}`;
        this.#io.stdout(
          `${colors(color.stdout).green('✓')} ${what}  ${describeCounts(counts)}${grown}${billed(event.bytesBilled)}\n`,
        );
        return;
      }
      case 'models-planned':
        this.#clear();
        this.#io.stdout(describePlanned(event.plan.models.length, event.plan.tests.length));
        return;
      case 'node-done':
        this.#io.stdout(formatNode(event.result, color.stdout));
        if (event.result.error !== undefined && event.result.status !== 'skipped')
          this.#io.stderr(formatError(event.result.error, color.stderr));
        return;
      case 'node-started':
      case 'operation':
        return;
      default:
        event satisfies never;
    }
  }

  end(result: RunResult, exitCode: number): void {
    this.#clear();
    const { color } = this.#io;
    if (result.error !== undefined) this.#io.stderr(formatError(result.error, color.stderr));
    const did = describeDone(result);
    if (result.status === 'nothing') this.#io.stdout(`Nothing to do: ${this.#nothing}.\n`);
    else if (exitCode === EXIT.done) this.#io.stdout(colors(color.stdout).green(`Done: ${did}.\n`));
    else {
      const broken = result.nodes.filter(({ error }) => error !== undefined).length;
      const failed = `${count(result.failures.length + broken, 'failure')}, ${did}.`;
      this.#io.stderr(
        colors(color.stderr).red(
          `${result.status === 'interrupted' ? 'Interrupted' : 'Failed'}: ${failed}\n`,
        ),
      );
    }
  }

  #clear(): void {
    this.#bar?.clear();
  }
}

function billed(bytes: bigint | undefined): string {
  return bytes === undefined ? '' : `, ${size(Number(bytes))} billed`;
}

function describePlanned(models: number, tests: number): string {
  const parts = [
    ...(models > 0 ? [`${count(models, 'model')} to build`] : []),
    ...(tests > 0 ? [`${count(tests, 'data test')} to ask`] : []),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}\n`;
}

function describeDone({ loadsDone, nodes, failures }: RunResult): string {
  const built = nodes.filter(({ status }) => status === 'success').length;
  const passed = nodes.filter(({ status }) => status === 'pass' || status === 'warn').length;
  const parts = [
    ...(loadsDone > 0 || nodes.length === 0 || failures.length > 0
      ? [`${count(loadsDone, 'load')} committed`]
      : []),
    ...(built > 0 ? [`${count(built, 'model')} built`] : []),
    ...(passed > 0 ? [`${count(passed, 'data test')} passed`] : []),
  ];
  return parts.length === 0 ? 'nothing was built' : parts.join(', ');
}

function growth(createsTable: boolean, addedColumns: readonly string[]): string {
  if (createsTable) return ', new table';
  return addedColumns.length === 0 ? '' : `, new columns ${addedColumns.join(', ')}`;
}

function describeCounts(counts: LoadCounts): string {
  const parts = [
    `${count(counts.read, 'row')} read`,
    `${counts.inserted.toLocaleString('en-US')} inserted`,
    ...(counts.updated > 0n ? [`${counts.updated.toLocaleString('en-US')} updated`] : []),
    ...(counts.unchanged > 0n ? [count(counts.unchanged, 'duplicate') + ' dropped'] : []),
    ...(counts.filtered > 0n ? [`${counts.filtered.toLocaleString('en-US')} before start_date`] : []),
    ...(counts.rejected > 0n ? [count(counts.rejected, 'row') + ' rejected'] : []),
    ...(counts.valuesRejected > 0n ? [count(counts.valuesRejected, 'value') + ' rejected'] : []),
  ];
  return parts.join(', ');
}
