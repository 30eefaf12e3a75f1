import type { Position } from '../config/problems.js';
import { HeaploadError } from '../errors.js';

/** One thing that is wrong with the project's models. */
export interface ModelProblem extends Position {
  /** As messages show it. */
  readonly file: string;
  /** What is wrong and what is expected. */
  readonly message: string;
  /** The text of the file, to show the place in; undefined where there is nothing to see. */
  readonly text?: string;
}

/** Everything that is wrong with the models at once, each with its line and a caret under the place. */
export class ModelError extends HeaploadError {
  readonly problems: readonly ModelProblem[];

  constructor(problems: readonly ModelProblem[]) {
    const sorted = problems.toSorted(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
    );
    const [first] = sorted;
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    super('MODEL_INVALID', [`${count} in the models:`, ...sorted.map(describe)].join('\n'), {
      hint: `Correct ${first?.file ?? 'the models'}; docs/models.md says what a model may hold.`,
    });
    this.problems = sorted;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function describe({ file, line, column, message, text }: ModelProblem): string {
  const head = `${file}:${line}:${column}  ${message}`;
  return text === undefined ? head : `${head}\n${excerpt(text, line, column)}`;
}

/** Longest piece of a line that is shown. */
const SHOWN = 100;

/** The line a problem is in, and a caret under its column. */
function excerpt(text: string, line: number, column: number): string {
  const whole = (text.split('\n')[line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
  const start = Math.max(0, column - 1 - Math.floor(SHOWN * 0.7));
  const shown = whole.slice(start, start + SHOWN);
  const gutter = `${line} | `.padStart(8);
  return `${gutter}${shown}\n${' '.repeat(gutter.length + column - 1 - start)}^`;
}
