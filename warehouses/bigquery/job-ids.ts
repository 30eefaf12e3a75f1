import { createHash, randomUUID } from 'node:crypto';
import type { Purpose } from '../../src/warehouse/contract.js';
import type { BigQuerySettings } from './settings.js';

/**
 * The start of a job's id; the number of the attempt is put behind it. It is made of the run, the load and what is
 * asked (`content`: the statement, or the files with where they go), so that a request whose reply was lost finds its
 * job instead of starting another. A run that asks for the same thing again, as when it plans around a bad file, gets
 * a job of its own: `asked` counts.
 */
export function jobIdPrefix(purpose: Purpose, content: string, asked: Map<string, number>): string {
  const { runId, load } = purpose;
  const identity = JSON.stringify([runId, load?.loadId ?? null, content]);
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 24);
  const before = asked.get(digest) ?? 0;
  asked.set(digest, before + 1);
  return `heapload_${runId.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 200)}_${digest}_${before}`;
}

/** For questions that belong to no run; asking them twice does no harm. */
export function questionId(): string {
  return `heapload_question_${randomUUID()}`;
}

/** Labels of a job: the configured ones, and which run and load it works for. */
export function jobLabels(
  settings: BigQuerySettings,
  purpose: Purpose | undefined,
): Readonly<Record<string, string>> {
  if (purpose === undefined) return settings.labels;
  const { runId, load } = purpose;
  return {
    ...settings.labels,
    heapload_run: labelValue(runId),
    ...(load === undefined
      ? {}
      : { heapload_dump: labelValue(load.dumpId.toString()), heapload_table: labelValue(load.table) }),
  };
}

function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .slice(0, 63);
}
