export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value as it went into a text; `written` is what stands in the file instead. */
export interface UsedVariable {
  readonly written: string;
  readonly value: string;
}

export interface Substituted {
  readonly text: string;
  /** True when at least one `${…}` was put in, by value or by default. */
  readonly replaced: boolean;
  readonly used: readonly UsedVariable[];
  /** What is wrong with the variables; `text` is then of no use. */
  readonly problems: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const INSIDE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Puts `${NAME}` and `${NAME:-default}` in; `$${` stands for `${`. Values are not searched again. */
export function substitute(written: string, env: Environment): Substituted {
  const used: UsedVariable[] = [];
  const problems: string[] = [];
  let replaced = false;
  const text = written.replace(REFERENCE, (reference: string, inside: string | undefined, end: string) => {
    if (inside === undefined) return '${';
    replaced = true;
    const parts = end === '}' ? INSIDE.exec(inside) : null;
    const name = parts?.[1];
    if (name === undefined) {
      problems.push(malformed(reference));
      return '';
    }
    const fallback = parts?.[2];
    const value = env[name];
    // An object passed as environment also answers to `constructor` and the like, with functions.
    if (typeof value === 'string' && (value !== '' || fallback === undefined)) {
      used.push({ written: `\${${name}}`, value });
      return value;
    }
    if (fallback === undefined) problems.push(unset(name));
    return fallback ?? '';
  });
  return { text, replaced, used, problems };
}

function malformed(reference: string): string {
  return `${reference} is not a variable; expected \${NAME} or \${NAME:-default}, or $\${ for the characters \${`;
}

function unset(name: string): string {
  return `environment variable ${name} is not set; set it, or write \${${name}:-default}`;
}

/** The number or boolean a substituted text spells, for settings that take no text. */
export function scalarOf(text: string): number | boolean | undefined {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^[-+]?\d+(\.\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : value;
}

/**
 * Makes a text safe to show that somebody else wrote with the substituted values in hand: each value becomes
 * what stands in the file. Values of up to three characters are only replaced as words of their own,
 * otherwise a variable set to `1` or `a` would eat the message.
 */
export function conceal(message: string, used: readonly UsedVariable[]): string {
  const writtenBy = new Map<string, string>();
  for (const { value, written } of used) {
    if (value === '') continue;
    for (const spelling of [value, JSON.stringify(value).slice(1, -1)]) {
      for (const text of [spelling, spelling.toLowerCase(), spelling.toUpperCase()])
        writtenBy.set(text, written);
    }
  }
  if (writtenBy.size === 0) return message;
  const longestFirst = [...writtenBy.keys()].toSorted((a, b) => b.length - a.length);
  const alternatives = longestFirst.map((value) => {
    const literal = value.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    return value.length > 3 ? literal : `(?<!\\w)${literal}(?!\\w)`;
  });
  return message.replace(new RegExp(alternatives.join('|'), 'g'), (value) => writtenBy.get(value) ?? '***');
}
