import type { Plan } from '../../plan/plan.js';
import { type CostQuestion, costQuestions } from '../../render/estimates.js';
import type { RenderSettings } from '../../render/make.js';
import type { Estimate, Session } from '../../warehouse/contract.js';
import { size } from '../reporters/format.js';

interface Answer extends Estimate {
  readonly about: CostQuestion['about'];
}

export interface LoadEstimate {
  readonly loadId: string;
  readonly answers: readonly Answer[];
}

/** Asks for every merge of a plan what it would read; undefined where the warehouse cannot say. */
export async function estimatePlan(
  plan: Plan,
  session: Session,
  settings: RenderSettings,
): Promise<readonly LoadEstimate[] | undefined> {
  if (session.estimate === undefined) return undefined;
  const estimates: LoadEstimate[] = [];
  for (const planned of plan.loads) {
    const answers: Answer[] = [];
    for (const { about, statement } of costQuestions(planned, settings)) {
      answers.push({ about, ...(await session.estimate(statement)) });
    }
    estimates.push({ loadId: planned.load.loadId, answers });
  }
  return estimates;
}

/** Lines for people: each load, then the sum. */
export function describeEstimates(estimates: readonly LoadEstimate[] | undefined): string {
  if (estimates === undefined) return 'Estimate: this warehouse does not charge by bytes read.\n';
  const lines = estimates.map(({ loadId, answers }) => `estimate: ${loadId}: ${describeLoad(answers)}`);
  const all = total(estimates.flatMap(({ answers }) => answers));
  return `${[...lines, `Estimate: at most ${amount(all)}; staged rows come on top.`].join('\n')}\n`;
}

function describeLoad(answers: readonly Answer[]): string {
  if (answers.length === 0) return 'reads no table';
  const unknown = answers.find((answer) => answer.bytes === undefined);
  if (unknown !== undefined) return `not known before it runs: ${unknown.note}`;
  const lookup = total(answers.filter(({ about }) => about === 'find-days'));
  const merge = total(answers.filter(({ about }) => about !== 'find-days'));
  if (lookup.bytes === 0n && !answers.some(({ about }) => about === 'find-days'))
    return `up to ${amount(merge)}${notes(answers)}`;
  return `${amount(lookup)} to find the partitions, and of ${amount(merge)} what lies in them${notes(answers)}`;
}

function notes(answers: readonly Answer[]): string {
  const said = [...new Set(answers.map(({ note }) => note))].filter((note) => note !== '');
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

interface Amount {
  readonly bytes: bigint;
  readonly usd: number;
}

function total(answers: readonly Answer[]): Amount {
  return {
    bytes: answers.reduce((sum, { bytes }) => sum + (bytes ?? 0n), 0n),
    usd: answers.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
  };
}

function amount({ bytes, usd }: Amount): string {
  return `${size(Number(bytes))} (USD ${usd.toFixed(4)})`;
}

/** The same for `--json`. */
export function jsonEstimates(estimates: readonly LoadEstimate[] | undefined): object {
  if (estimates === undefined) return { estimate: null };
  const all = total(estimates.flatMap(({ answers }) => answers));
  return {
    estimate: {
      bytes: all.bytes,
      usd: all.usd,
      loads: estimates.map(({ loadId, answers }) => ({
        load_id: loadId,
        statements: answers.map(({ about, bytes, usd, note }) => ({
          about,
          bytes: bytes ?? null,
          usd: usd ?? null,
          note,
        })),
      })),
    },
  };
}
