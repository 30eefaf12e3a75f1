import { nameKey } from '../schema/identifiers.js';
import type { Model } from './analyze.js';
import type { ModelProblem } from './problems.js';

/** Models in an order in which each comes after those it reads. */
export interface Graph {
  readonly models: readonly Model[];
  /** By name: models it reads. */
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly children: ReadonlyMap<string, readonly string[]>;
}

export type Ordered =
  { readonly ok: true; readonly graph: Graph } | { readonly ok: false; readonly problem: ModelProblem };

/** Orders models by what they read, names in alphabetical order where that leaves a choice. */
export function orderModels(models: readonly Model[]): Ordered {
  const byName = new Map(models.map((model) => [model.name, model]));
  const parents = new Map(models.map((model) => [model.name, [...model.refs.keys()].sort(byKey)]));
  const children = new Map(models.map((model) => [model.name, [] as string[]]));
  for (const [name, reads] of parents) for (const parent of reads) children.get(parent)?.push(name);
  const open = new Map([...parents].map(([name, reads]) => [name, new Set(reads)]));
  const ordered: Model[] = [];
  while (open.size > 0) {
    const ready = [...open].filter(([, reads]) => reads.size === 0).map(([name]) => name);
    if (ready.length === 0) return { ok: false, problem: cycleProblem(byName, open) };
    for (const name of ready.sort(byKey)) {
      open.delete(name);
      for (const reads of open.values()) reads.delete(name);
      const model = byName.get(name);
      if (model !== undefined) ordered.push(model);
    }
  }
  return { ok: true, graph: { models: ordered, parents, children } };
}

function byKey(a: string, b: string): number {
  return nameKey(a) < nameKey(b) ? -1 : 1;
}

/** Everything still open reads something that is open: following that leads round. */
function cycleProblem(
  byName: ReadonlyMap<string, Model>,
  open: ReadonlyMap<string, ReadonlySet<string>>,
): ModelProblem {
  const path: string[] = [];
  let name = [...open.keys()].sort(byKey)[0] ?? '';
  while (!path.includes(name)) {
    path.push(name);
    name = [...(open.get(name) ?? [])].sort(byKey)[0] ?? '';
  }
  const cycle = path.slice(path.indexOf(name));
  const round = [...cycle, name].join(' → ');
  const first = byName.get(name);
  const next = cycle[1] ?? name;
  const place = first?.refs.get(next) ?? { line: 1, column: 1 };
  const message = `models read each other in a circle: ${round}; expected one of them to read something else`;
  return {
    file: first?.file ?? name,
    ...place,
    message,
    ...(first === undefined ? {} : { text: first.text }),
  };
}

/** Names reached from those given by following edges, those themselves included. */
export function reachable(
  from: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const seen = new Set(from);
  const queue = [...from];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const next of edges.get(name) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push(next);
    }
  }
  return seen;
}
