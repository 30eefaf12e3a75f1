import { HeaploadError } from '../errors.js';

/** Keys and places in lists from the top of the file down to a value. */
export type Path = readonly (string | number)[];

/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface ConfigProblem extends Position {
  /** What is wrong and what is expected; never a value that came from the environment. */
  readonly message: string;
}

/** Everything that is wrong with one integration.yml; the message has one line `file:line:column  what` per problem. */
export class ConfigError extends HeaploadError {
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];

  /** `file` as the user gave it. */
  constructor(file: string, problems: readonly ConfigProblem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    const lines = sorted.map(({ line, column, message }) => `${file}:${line}:${column}  ${message}`);
    super('CONFIG_INVALID', [`${count} in ${file}:`, ...lines].join('\n'), {
      hint: `Correct ${file}; docs/configuration.md explains every key.`,
    });
    this.problems = sorted;
  }
}

/** `tables.rename."sign up"`, `source.patterns, item 2`: a path as people read it. */
export function label(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `, item ${part + 1}`;
    else text += (text === '' ? '' : '.') + (/^[\w*-]+$/.test(part) ? part : JSON.stringify(part));
  }
  return text;
}

/** `a`, `a or b`, `a, b or c`. */
export function alternatives(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
