import { inOrder } from '../plan/load-steps.js';
import type { Operation } from '../warehouse/contract.js';
import type { RenderedPlan } from './render.js';

/** One operation as a preview shows it: a statement with its semicolon, a transfer as a comment. */
export function printOperation(operation: Operation): string {
  if (operation.kind === 'transfer') return comment(operation.preview);
  const expectation = operation.expect;
  const expects =
    expectation === undefined
      ? ''
      : `-- expects ${expectation.rows} rows ${expectation.count}, else ${expectation.otherwise}\n`;
  return `${expects}${operation.sql};`;
}

/** What a preview shows under a heading of its own, in the order in which it is carried out. */
export type PlanSection = readonly [heading: string, operations: readonly Operation[]];

/** The whole plan as SQL with comments; what stands outside comments is sent as it is. */
export function printPlan(plan: RenderedPlan, title: string, models: readonly PlanSection[] = []): string {
  return [...planPieces(plan, title, models)].join('');
}

/** The same piece by piece: the plan of years of dumps would not do memory good as one text. */
export function* planPieces(
  plan: RenderedPlan,
  title: string,
  models: readonly PlanSection[] = [],
): Generator<string, void, undefined> {
  const loads: readonly PlanSection[] = [
    ['setup', plan.setup],
    ['record what was found', plan.record],
    ...plan.loads.map((load): PlanSection => [load.title, inOrder(load)]),
  ];
  const filled = loads.filter(([, operations]) => operations.length > 0);
  yield comment(title);
  // A model that is not built has a heading that says why, and nothing below it.
  for (const [heading, operations] of [...filled, ...models, ['finish', plan.finish] as const]) {
    yield `\n\n-- ---- ${oneLine(heading)}`;
    for (const operation of operations) yield `\n\n${printOperation(operation)}`;
  }
  yield '\n';
}

function comment(text: string): string {
  return text
    .split('\n')
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n');
}

/** Names of the source may hold anything; a line break must not end the comment they stand in. */
function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
