import type { ConfigDocument } from './document.js';
import type { ConfigProblem, Path } from './problems.js';

/** Gathers the problems of one document. A part that has a problem gets no second one: it would only follow from the first. */
export class ProblemList {
  readonly #problems: ConfigProblem[] = [];
  readonly #paths = new Set<string>();

  constructor(private readonly document: ConfigDocument) {
    for (const { path, line, column, message } of document.problems) {
      if (path !== undefined && this.has(path)) continue;
      this.#problems.push({ line, column, message });
      if (path !== undefined) this.#paths.add(JSON.stringify(path));
    }
  }

  get all(): readonly ConfigProblem[] {
    return this.#problems;
  }

  /** True when there is a problem at this path or around it. */
  has(path: Path): boolean {
    for (let length = 0; length <= path.length; length++) {
      if (this.#paths.has(JSON.stringify(path.slice(0, length)))) return true;
    }
    return false;
  }

  /** `message` says what is wrong and what is expected, and shows values only as they are written. */
  add(path: Path, message: string, part: 'value' | 'key' = 'value'): void {
    if (this.has(path)) return;
    this.#paths.add(JSON.stringify(path));
    this.#problems.push({ ...this.document.position(path, part), message });
  }
}
