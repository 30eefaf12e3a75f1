import {
  type Document,
  LineCounter,
  type Node,
  type Pair,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml';
import { type ConfigProblem, type Path, type Position, label } from './problems.js';
import { type Environment, type UsedVariable, scalarOf, substitute } from './substitute.js';

/** What the file says about one value. */
interface Entry {
  readonly position: Position;
  /** Of its key; undefined for list items and the whole file. */
  readonly keyPosition: Position | undefined;
  /** A scalar's text, `${VAR}` not put in. */
  readonly written: string | undefined;
  /** What a substituted scalar's text spells, when that is a number or boolean. */
  readonly scalar: number | boolean | undefined;
}

/** A YAML file as plain data with variables put in, and where each part stands. */
export interface ConfigDocument {
  /** Maps are plain objects, lists arrays; undefined when the file has syntax errors. */
  readonly value: unknown;
  readonly problems: readonly (ConfigProblem & { readonly path: Path | undefined })[];
  /** The variables below a path. */
  used(path: Path): readonly UsedVariable[];
  /** Position of a value, or of its key; of something that is not there: of the nearest part around it. */
  position(path: Path, part: 'value' | 'key'): Position;
  /** A scalar as it stands in the file, safe to show. */
  written(path: Path): string | undefined;
  /** The number or boolean a substituted text spells. */
  scalar(path: Path): number | boolean | undefined;
}

/**
 * Reads YAML 1.2 with variables in scalars, never in keys; all problems found go into `problems`. Without an
 * environment texts stay as they are written.
 */
export function readDocument(text: string, env: Environment | undefined): ConfigDocument {
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
  });
  const reading = new Reading(parsed, lines, env);
  const syntax = syntaxProblems(parsed, text, lines);
  if (syntax.length > 0) {
    for (const problem of syntax) reading.problems.push({ ...problem, path: undefined });
    return reading;
  }
  reading.read();
  return reading;
}

/** One problem per line: what follows on the same line follows from the first. */
function syntaxProblems(parsed: Document, text: string, lines: LineCounter): readonly ConfigProblem[] {
  const byLine = new Map<number, ConfigProblem>();
  for (const error of [...parsed.errors, ...parsed.warnings]) {
    const { line, col } = lines.linePos(error.pos[0]);
    if (byLine.has(line)) continue;
    const quoting = /[[{,:]\s*\$\{/.test(text.split('\n')[line - 1] ?? '');
    const advice = quoting ? '; inside [ ] and { } put quotes around it: "${NAME}"' : '';
    byLine.set(line, { line, column: col, message: `not valid YAML: ${syntaxMessage(error)}${advice}` });
  }
  return [...byLine.values()];
}

function syntaxMessage(error: { readonly code: string; readonly message: string }): string {
  switch (error.code) {
    case 'MULTIPLE_DOCS':
      return 'a second document begins here; expected one';
    case 'NON_STRING_KEY':
      return 'a key is a list or a mapping; expected text';
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; expected spaces';
    default:
      return error.message.charAt(0).toLowerCase() + error.message.slice(1);
  }
}

class Reading implements ConfigDocument {
  value: unknown = undefined;
  readonly problems: (ConfigProblem & { readonly path: Path | undefined })[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #used: { readonly path: Path; readonly variable: UsedVariable }[] = [];

  constructor(
    private readonly parsed: Document,
    private readonly lines: LineCounter,
    private readonly env: Environment | undefined,
  ) {}

  read(): void {
    this.value = this.#node(this.parsed.contents, [], undefined);
  }

  used(path: Path): readonly UsedVariable[] {
    return this.#used
      .filter((use) => path.every((part, depth) => use.path[depth] === part))
      .map((use) => use.variable);
  }

  position(path: Path, part: 'value' | 'key'): Position {
    const entry = this.#entries.get(JSON.stringify(path));
    if (entry !== undefined) return part === 'key' ? (entry.keyPosition ?? entry.position) : entry.position;
    return path.length === 0 ? { line: 1, column: 1 } : this.position(path.slice(0, -1), 'key');
  }

  written(path: Path): string | undefined {
    return this.#entries.get(JSON.stringify(path))?.written;
  }

  scalar(path: Path): number | boolean | undefined {
    return this.#entries.get(JSON.stringify(path))?.scalar;
  }

  #at(offset: number): Position {
    const { line, col } = this.lines.linePos(offset);
    return { line, column: col };
  }

  #node(node: unknown, path: Path, keyPosition: Position | undefined): unknown {
    const range = (node as Node | null)?.range;
    const position = range ? this.#at(range[0]) : (keyPosition ?? { line: 1, column: 1 });
    const enter = (written?: string, scalar?: number | boolean): void => {
      this.#entries.set(JSON.stringify(path), { position, keyPosition, written, scalar });
    };
    if (isMap(node)) {
      enter();
      return this.#map(node.items, path);
    }
    if (isSeq(node)) {
      enter();
      return node.items.map((item, index) => this.#node(item, [...path, index], undefined));
    }
    if (isAlias(node)) {
      enter(`*${node.source}`);
      this.problems.push({
        ...position,
        path,
        message: `*${node.source} is an alias; expected the value itself`,
      });
      return `*${node.source}`;
    }
    if (!isScalar(node)) {
      enter();
      return null;
    }
    if (typeof node.value === 'string') return this.#text(node.value, path, position, enter);
    enter(node.source ?? String(node.value));
    if (typeof node.value === 'number') this.#checkNumber(node.value, path, position);
    return node.value;
  }

  #map(items: readonly Pair[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (const item of items) {
      const key = isScalar<string>(item.key) ? item.key.value : '';
      const range = (item.key as Node | null)?.range;
      const keyPosition = range ? this.#at(range[0]) : this.position(path, 'value');
      const place = [...path, key];
      if (key === '__proto__') {
        this.problems.push({
          ...keyPosition,
          path: place,
          message: '"__proto__" cannot be used as a name here',
        });
      } else if (Object.hasOwn(map, key)) {
        const first = this.position(place, 'key');
        const message = `${label(place)} stands here a second time; expected one (the first is in line ${first.line})`;
        this.problems.push({ ...keyPosition, path: undefined, message });
      } else {
        map[key] = this.#node(item.value, place, keyPosition);
      }
    }
    return map;
  }

  #text(
    written: string,
    path: Path,
    position: Position,
    enter: (written: string, scalar?: number | boolean) => void,
  ): string {
    if (this.env === undefined) {
      enter(written);
      return written;
    }
    const { text, replaced, used, problems } = substitute(written, this.env);
    enter(written, replaced ? scalarOf(text) : undefined);
    for (const variable of used) this.#used.push({ path, variable });
    for (const problem of problems) {
      this.problems.push({ ...position, path, message: `${label(path)}: ${problem}` });
    }
    return problems.length > 0 ? written : text;
  }

  #checkNumber(value: number, path: Path, position: Position): void {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return;
    const message = `${label(path)} has more digits than a number holds; expected them in quotes`;
    this.problems.push({ ...position, path, message });
  }
}
