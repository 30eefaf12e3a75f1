import type { ModelPlan, PlannedModel, PlannedTest } from '../models/plan.js';
import type { NodeIdentity, NodeResult } from './events.js';

/** One thing a build does. */
export type BuildNode = (
  | { readonly kind: 'model'; readonly name: string; readonly planned: PlannedModel }
  | { readonly kind: 'test'; readonly name: string; readonly planned: PlannedTest }
) & {
  /** Keys of the nodes that must be done before; see {@link nodeKey}. */
  readonly after: readonly string[];
};

export function nodeKey({ kind, name }: NodeIdentity): string {
  return `${kind} ${name}`;
}

/**
 * Models after those they read, tests after what they test; and a model after the tests of what it reads, where an
 * error stops it, if such a test asks one relation only (others could go round).
 */
export function buildNodes(plan: ModelPlan): readonly BuildNode[] {
  const models = new Set(plan.models.map(({ model }) => model.name));
  const gates = new Map<string, string[]>();
  for (const { test } of plan.tests) {
    if (test.of === undefined || test.severity === 'warn' || test.refs.length + test.sources.length !== 1)
      continue;
    const of = `${test.of.kind} ${test.of.name}`;
    gates.set(of, [...(gates.get(of) ?? []), nodeKey({ kind: 'test', name: test.name })]);
  }
  const modelNodes = plan.models.map((planned): BuildNode => {
    const { model, parents } = planned;
    const built = parents.filter((name) => models.has(name)).map((name) => nodeKey({ kind: 'model', name }));
    const tested = [
      ...parents.map((name) => `model ${name}`),
      ...[...model.sources].map((name) => `source ${name}`),
    ].flatMap((key) => gates.get(key) ?? []);
    return { kind: 'model', name: model.name, planned, after: [...built, ...tested] };
  });
  const testNodes = plan.tests.map((planned): BuildNode => {
    const { name, refs } = planned.test;
    const built = refs.filter((ref) => models.has(ref)).map((ref) => nodeKey({ kind: 'model', name: ref }));
    return { kind: 'test', name, planned, after: built };
  });
  return inOrder([...modelNodes, ...testNodes]);
}

/** Tests right after what they wait for, so that what depends on them is not held up to the end. */
function inOrder(nodes: readonly BuildNode[]): readonly BuildNode[] {
  const done = new Set<string>();
  const ordered: BuildNode[] = [];
  let open = nodes;
  while (open.length > 0) {
    const ready = open.filter((node) => node.after.every((key) => done.has(key)));
    if (ready.length === 0) throw new Error('models and tests wait for each other');
    for (const node of ready) done.add(nodeKey(node));
    ordered.push(
      ...ready.filter(({ kind }) => kind === 'test'),
      ...ready.filter(({ kind }) => kind === 'model'),
    );
    open = open.filter((node) => !done.has(nodeKey(node)));
  }
  return ordered;
}

/** Why a node is not done, given how those before it ended; undefined: nothing stands in its way. */
export function obstacle(node: BuildNode, results: ReadonlyMap<string, NodeResult>): string | undefined {
  if (node.planned.blocked !== undefined) return node.planned.blocked;
  const inTheWay = node.after
    .map((key) => results.get(key))
    .find((result) => result !== undefined && ['error', 'fail', 'skipped'].includes(result.status));
  if (inTheWay === undefined) return undefined;
  if (inTheWay.kind === 'model') {
    return `${inTheWay.name}, which it reads, ${inTheWay.status === 'skipped' ? 'is not built' : 'could not be built'}`;
  }
  return `the data test ${inTheWay.name} ${inTheWay.status === 'skipped' ? 'was not asked' : 'failed'}`;
}
