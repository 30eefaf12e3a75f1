import * as z from 'zod';
import { HeaploadError } from '../errors.js';
import { JsonSyntaxError, type JsonValue, parseJsonText } from './json-text.js';
import { detached } from './shared-texts.js';
import { keyOfUri, type UriRules } from './uris.js';

/** What one dump delivers for one table. */
export interface ManifestTable {
  /** As the manifest spells it. */
  readonly name: string;
  /** Keys in manifest order; empty when there is a problem. */
  readonly files: readonly string[];
  /** Empty when the manifest lists none. */
  readonly columns: readonly string[];
  /** False: a full resync. */
  readonly incremental: boolean;
  /** Why this table of this dump cannot be loaded; other tables can. */
  readonly problem?: HeaploadError;
}

/** The content of a manifest, its file URIs turned into keys. */
export interface ManifestContent {
  readonly dumpId: bigint;
  /** In manifest order, each name once. */
  readonly tables: readonly ManifestTable[];
  /** Key of the definitions file; undefined when the manifest names none or one that cannot be used. */
  readonly propertyDefinitions?: string;
  /** Why the definitions the manifest names cannot be used; no load depends on them. */
  readonly propertyDefinitionsProblem?: HeaploadError;
}

const tableSchema = z.object({
  name: z.string().min(1),
  files: z.array(z.string()),
  columns: z.array(z.string()).nullish(),
  incremental: z.boolean(),
});
type TableEntry = z.infer<typeof tableSchema>;

const wholeNumber = 'expected a whole number, or one as a string of digits';
const manifestSchema = z.object({
  dump_id: z.union(
    [
      z.bigint(),
      z
        .string()
        .regex(/^[0-9]{1,40}$/)
        .transform(BigInt),
    ],
    { error: wholeNumber },
  ),
  tables: z.array(tableSchema),
  property_definitions: z.unknown().optional(),
});

/** Reads the text of the manifest `key`; throws `MANIFEST_INVALID` naming what was expected and where. */
export function parseManifest(text: string, key: string, rules: UriRules): ManifestContent {
  const result = manifestSchema.safeParse(readJson(text, key));
  if (!result.success) throw invalid(key, describeIssues(result.error.issues));
  const { dump_id: dumpId, tables, property_definitions: definitions } = result.data;
  const entries = new Map<string, [TableEntry, ...TableEntry[]]>();
  for (const entry of tables) {
    const same = entries.get(entry.name);
    if (same === undefined) entries.set(entry.name, [entry]);
    else same.push(entry);
  }
  return {
    dumpId,
    tables: [...entries.values()].map((same) => manifestTable(same, tables, { key, dumpId, rules })),
    ...definitionsKey(definitions, key, rules),
  };
}

function readJson(text: string, key: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid(key, `it is not JSON: ${error.message}`, { line: error.line, column: error.column });
  }
}

/** A manifest that cannot be used as a whole. */
export function invalid(
  key: string,
  reason: string,
  place: { readonly line?: number; readonly column?: number; readonly dump?: bigint } = {},
): HeaploadError {
  return new HeaploadError('MANIFEST_INVALID', `Manifest ${key} cannot be used: ${reason}.`, {
    hint: 'Compare it with the copy in the source bucket. If that one is the same, ask Heap for the dump again.',
    place: { file: key, ...place },
  });
}

const MAX_ISSUES = 3;

/** Numbers are read as bigint, and what is missing as undefined; neither word helps who looks at a JSON file. */
const FOUND: Readonly<Record<string, string>> = { bigint: 'a number', undefined: 'nothing' };

function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const shown = issues.slice(0, MAX_ISSUES).map((issue) => {
    const path = z.core.toDotPath(issue.path);
    const message = issue.message.replace(
      /, received (\w+)$/,
      (_, kind: string) => `, found ${FOUND[kind] ?? kind}`,
    );
    return path === '' ? message : `${path}: ${message}`;
  });
  const rest = issues.length - shown.length;
  return shown.join('; ') + (rest > 0 ? `; and ${rest} more` : '');
}

interface Context {
  readonly key: string;
  readonly dumpId: bigint;
  readonly rules: UriRules;
}

function manifestTable(
  same: readonly [TableEntry, ...TableEntry[]],
  all: readonly TableEntry[],
  context: Context,
): ManifestTable {
  const [first] = same;
  // Among contradicting entries the cautious reading: a full resync would make older dumps void for good.
  const table = {
    name: first.name,
    columns: first.columns ?? [],
    incremental: same.some((entry) => entry.incremental),
  };
  try {
    if (same.length > 1) throw listedTwice(same, all);
    return { ...table, files: fileKeys(first, context.rules) };
  } catch (error) {
    if (!(error instanceof HeaploadError)) throw error;
    const place = { file: context.key, dump: context.dumpId, table: first.name };
    return { ...table, files: [], problem: error.at(place) };
  }
}

function listedTwice(same: readonly TableEntry[], all: readonly TableEntry[]): HeaploadError {
  const entries = same.map(
    (entry) =>
      `tables[${all.indexOf(entry)}] (incremental: ${entry.incremental}, ${entry.files.length} files)`,
  );
  const message = `The manifest lists table ${same[0]?.name ?? ''} more than once: ${entries.join(' and ')}.`;
  return new HeaploadError('MANIFEST_DUPLICATE', message, {
    hint: 'Which entry holds cannot be known. Correct the manifest, or ask Heap for the dump again.',
  });
}

function fileKeys(entry: TableEntry, rules: UriRules): readonly string[] {
  const places = new Map<string, number>();
  entry.files.forEach((uri, index) => {
    const key = detached(keyOfUri(uri, rules));
    const before = places.get(key);
    if (before !== undefined) throw fileTwice(key, before, index);
    places.set(key, index);
  });
  return [...places.keys()];
}

function fileTwice(key: string, before: number, again: number): HeaploadError {
  const message = `The manifest lists file ${key} twice for this table: files[${before}] and files[${again}].`;
  return new HeaploadError('MANIFEST_DUPLICATE', message, {
    hint: 'Loading it twice would count its rows twice. Correct the manifest, or ask Heap for the dump again.',
  });
}

function definitionsKey(
  value: unknown,
  file: string,
  rules: UriRules,
): Pick<ManifestContent, 'propertyDefinitions' | 'propertyDefinitionsProblem'> {
  if (value === undefined || value === null) return {};
  try {
    if (typeof value !== 'string') throw invalid(file, 'property_definitions: expected a file URI');
    return { propertyDefinitions: keyOfUri(value, rules) };
  } catch (error) {
    if (!(error instanceof HeaploadError)) throw error;
    return { propertyDefinitionsProblem: error.at({ file }) };
  }
}
