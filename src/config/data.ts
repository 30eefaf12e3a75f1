import type { ConfigDocument } from './document.js';
import type { Path } from './problems.js';

/** The part of plain data at a path; undefined when there is none. */
export function at(data: unknown, path: Path): unknown {
  let part = data;
  for (const key of path) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, key)) return undefined;
    part = (part as Record<string | number, unknown>)[key];
  }
  return part;
}

/** The data without the part at a path of keys; the given data stays as it is. */
export function without(data: unknown, path: Path): unknown {
  const copy = structuredClone(data);
  const parent = at(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key);
  return copy;
}

function replaced(data: unknown, path: Path, value: unknown): unknown {
  const copy = structuredClone(data);
  const parent = at(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.set(parent, key, value);
  return copy;
}

/**
 * A substituted scalar is text. Where text is refused and the number or boolean it spells is accepted, that one
 * stands instead. `base` is the path of `data` in the document, `refused` gives the paths with problems.
 */
export function acceptScalars(
  data: unknown,
  document: Pick<ConfigDocument, 'scalar'>,
  base: Path,
  refused: (data: unknown) => readonly Path[],
): unknown {
  let accepted = data;
  for (const path of refused(data)) {
    const scalar = document.scalar([...base, ...path]);
    if (scalar === undefined) continue;
    const candidate = replaced(accepted, path, scalar);
    const name = JSON.stringify(path);
    if (!refused(candidate).some((other) => JSON.stringify(other) === name)) accepted = candidate;
  }
  return accepted;
}
