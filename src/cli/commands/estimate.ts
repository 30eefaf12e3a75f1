import type { Plan } from '../../plan/plan.js';
import { type CostQuestion, costQuestions } from '../../render/estimates.js';
import type { RenderSettings } from '../../render/make.js';
import type { Estimate, Session } from '../../warehouse/contract.js';
import { count, size } from '../reporters/format.js';

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
  const [known, unknown] = [estimates.filter(isKnown), estimates.filter((each) => !isKnown(each))];
  const all = total(known.flatMap(({ answers }) => answers));
  const rest = unknown.length === 0 ? '' : `; ${count(unknown.length, 'load')} not counted in it`;
  return `${[...lines, `Estimate: at most ${amount(all)}${rest}; staged rows come on top.`].join('\n')}\n`;
}

function isKnown({ answers }: LoadEstimate): boolean {
  return answers.every((answer) => answer.bytes !== undefined);
}

function describeLoad(answers: readonly Answer[]): string {
  if (answers.length === 0) return 'reads no table';
  const unknown = answers.find((answer) => answer.bytes === undefined);
  if (unknown !== undefined) return `not known before it runs: ${unknown.note}`;
  const lookup = answers.filter(({ about }) => about === 'find-days');
  const merge = total(answers.filter(({ about }) => about !== 'find-days'));
  if (lookup.length === 0) return `up to ${amount(merge)}${notes(answers)}`;
  return `${amount(total(lookup))} to find the partitions, and of ${amount(merge)} what lies in them${notes(answers)}`;
}

function notes(answers: readonly Answer[]): string {
  const said = [...new Set(answers.map(({ note }) => note))].filter((note) => note !== '');
  return said.length === 0 ? '' : ` (${said.join(', ')})`;
}

/** What several statements read together; no partitions or dollars where none of them says any. */
interface Amount {
  readonly bytes: bigint;
  readonly usd: number | undefined;
  readonly partitions: { readonly read: number; readonly of: number } | undefined;
}

function total(answers: readonly Answer[]): Amount {
  return {
    bytes: answers.reduce((sum, { bytes }) => sum + (bytes ?? 0n), 0n),
    usd: answers.reduce<Amount['usd']>(
      (sum, { usd }) => (usd === undefined ? sum : (sum ?? 0) + usd),
      undefined,
    ),
    partitions: answers.reduce<Amount['partitions']>(
      (sum, { partitions: some }) =>
        some === undefined ? sum : { read: (sum?.read ?? 0) + some.read, of: (sum?.of ?? 0) + some.of },
      undefined,
    ),
  };
}

function amount({ bytes, usd, partitions }: Amount): string {
  const where =
    partitions === undefined ? '' : ` in ${partitions.read} of ${count(partitions.of, 'partition')}`;
  return `${size(Number(bytes))}${where}${usd === undefined ? '' : ` (USD ${usd.toFixed(4)})`}`;
}

/** The same for `--json`. */
export function jsonEstimates(estimates: readonly LoadEstimate[] | undefined): object {
  if (estimates === undefined) return { estimate: null };
  const all = total(estimates.flatMap(({ answers }) => answers));
  return {
    estimate: {
      bytes: all.bytes,
      usd: all.usd ?? null,
      partitions: all.partitions ?? null,
      loads: estimates.map(({ loadId, answers }) => ({
        load_id: loadId,
        statements: answers.map(({ about, bytes, usd, partitions, note }) => ({
          about,
          bytes: bytes ?? null,
          usd: usd ?? null,
          partitions: partitions ?? null,
          note,
        })),
      })),
    },
  };
}
