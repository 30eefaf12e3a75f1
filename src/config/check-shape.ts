import type { z } from 'zod';
import type { ConfigDocument } from './document.js';
import { nearest } from './nearest.js';
import { type Path, alternatives, label } from './problems.js';
import type { ProblemList } from './problem-list.js';
import { acceptScalars, at, without } from './data.js';
import { KNOWN_KEYS, OPTIONAL_MAPPINGS, SHAPE, type Written } from './shape.js';

/**
 * The file's data with defaults. What is not of the right shape becomes a problem and is left out of the result,
 * so that the rules can look at the rest.
 */
export function checkShape(document: ConfigDocument, problems: ProblemList): Written {
  let data = withoutEmptyMappings(document.value ?? {});
  data = acceptScalars(data, document, [], (candidate) =>
    issuesOf(candidate).map((issue) => issue.path as Path),
  );
  for (;;) {
    const result = SHAPE.safeParse(data);
    if (result.success) return result.data;
    for (const issue of result.error.issues) report(issue, data, document, problems);
    data = result.error.issues.reduce(prune, data);
  }
}

/** Not shown even when it was written into the file. */
const SECRET = 'source.external_id';

function issuesOf(data: unknown): readonly z.core.$ZodIssue[] {
  return SHAPE.safeParse(data).error?.issues ?? [];
}

function withoutEmptyMappings(data: unknown): unknown {
  return OPTIONAL_MAPPINGS.reduce(
    (rest, path) => (at(rest, path) === null ? without(rest, path) : rest),
    data,
  );
}

/** Takes an issue's cause out; of a list the whole, so that the places of the other lists' items stay true. */
function prune(data: unknown, issue: z.core.$ZodIssue): unknown {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.reduce<unknown>((rest, key) => without(rest, [...path, key]), data);
  }
  const lastKey = path.findLastIndex((part) => typeof part === 'string');
  return lastKey < 0 ? {} : without(data, path.slice(0, lastKey + 1));
}

function report(
  issue: z.core.$ZodIssue,
  data: unknown,
  document: ConfigDocument,
  problems: ProblemList,
): void {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) problems.add([...path, key], unknownKey(path, key), 'key');
    return;
  }
  const value = at(data, path);
  const name = path.length === 0 ? 'the file' : label(path);
  const written = name === SECRET ? undefined : document.written(path);
  problems.add(path, `${name} ${wrong(issue, value, written)}`);
}

/** What to say about a key that is not known: the word it may stand for, or where it belongs. */
export function unknownKey(
  mapping: Path,
  key: string,
  known = KNOWN_KEYS.get(mapping.join('.')) ?? [],
): string {
  const where = mapping.length === 0 ? '' : ` in ${label(mapping)}`;
  const start = `unknown key ${JSON.stringify(key)}${where}`;
  const close = nearest(key, known);
  if (close !== undefined) return `${start}; did you mean ${JSON.stringify(close)}?`;
  const home = [...KNOWN_KEYS].find(([, keys]) => keys.includes(key))?.[0];
  if (home === '') return `${start}; it belongs at the top level`;
  if (home !== undefined) return `${start}; it belongs under ${home}`;
  return `${start}; expected ${alternatives(known)}`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
};

function wrong(issue: z.core.$ZodIssue, value: unknown, written: string | undefined): string {
  const is = describeValue(value, written);
  if (issue.code === 'invalid_type') return `${is}; expected ${expected(issue.expected, value, written)}`;
  if (issue.code === 'invalid_value') return `${is}; expected ${oneOf(issue.values.map(String), written)}`;
  if (issue.code === 'invalid_union') return `${is}; expected text, a number, true or false`;
  if (issue.code !== 'too_small') return `${is}; ${issue.message}`;
  return issue.origin === 'array'
    ? 'is an empty list; expected at least one item'
    : 'is empty; expected text';
}

function expected(type: string, value: unknown, written: string | undefined): string {
  const words = EXPECTED[type] ?? type;
  if (written === undefined || value === null) return words;
  if (type === 'array') return `${words}: [${show(written)}]`;
  return type === 'string' ? `${words}: put it in quotes, ${show(written)}` : words;
}

/** The words a setting can have, and the one that was probably meant. */
export function oneOf(words: readonly string[], written: string | undefined): string {
  const close = written === undefined ? undefined : nearest(written, words);
  return `${alternatives(words)}${close === undefined ? '' : `; did you mean ${close}?`}`;
}

function describeValue(value: unknown, written: string | undefined): string {
  if (value === null || value === undefined) return 'has no value';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is a mapping';
  if (typeof value === 'string') return written === undefined ? 'is text' : `is ${show(written)}`;
  return `is the ${typeof value} ${written ?? ''}`.trimEnd();
}

const SHOWN = 60;

/** A scalar as it stands in the file, cut when long. */
export function show(written: string): string {
  return JSON.stringify(written.length > SHOWN ? `${written.slice(0, SHOWN)}…` : written);
}
