/** User migrations as a plain map, followed one step at a time: what `identity_map` is held to. */

export interface Person {
  readonly id: bigint;
  /** Merges on the way. */
  readonly hops: number;
  /** True: the way ends in a circle, whose smallest id is the person. */
  readonly circular: boolean;
}

/** Who an id is now; undefined: it was never merged, so it is a person itself. NULL targets are no merges. */
export function personOf(id: bigint, merges: ReadonlyMap<bigint, bigint | null>): Person | undefined {
  const way = [id];
  for (;;) {
    const next = merges.get(way.at(-1) ?? id) ?? undefined;
    if (next === undefined) break;
    const before = way.indexOf(next);
    if (before !== -1) return circlePerson(way, before);
    way.push(next);
  }
  const end = way.at(-1) ?? id;
  return way.length === 1 ? undefined : { id: end, hops: way.length - 1, circular: false };
}

function circlePerson(way: readonly bigint[], first: number): Person {
  const circle = way.slice(first);
  const smallest = circle.reduce((a, b) => (a < b ? a : b));
  const place = way.indexOf(smallest);
  return { id: smallest, hops: place, circular: true };
}

/** The whole map, by the merged id. */
export function identityMapOf(merges: ReadonlyMap<bigint, bigint | null>): ReadonlyMap<bigint, Person> {
  const people = new Map<bigint, Person>();
  for (const id of merges.keys()) {
    const person = personOf(id, merges);
    if (person !== undefined) people.set(id, person);
  }
  return people;
}
