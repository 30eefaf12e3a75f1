import * as z from 'zod';
import { JsonSyntaxError, type JsonValue, parseJsonText } from '../../source/json-text.js';
import type {
  Clause,
  Condition,
  DefinedValue,
  DefinitionCase,
  Definitions,
  PropertyDefinition,
} from './types.js';

/**
 * The shape as it is known. Nothing else is guessed at: a key or a word that is not known could change what the rest
 * means, so a definition that has one is left out.
 */
const scalar = z.union([z.string(), z.bigint(), z.number(), z.boolean()]);
const value = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('constant'), value: scalar.nullable() }),
  z.strictObject({ type: z.literal('field'), value: z.string().min(1) }),
]);
const clause = z.discriminatedUnion('operator', [
  z.strictObject({
    property_name: z.string().min(1),
    operator: z.enum(['isdef', 'notdef']),
    value: scalar.nullish(),
  }),
  z.strictObject({
    property_name: z.string().min(1),
    operator: z.enum(['=', '!=', 'contains', 'notcontains', 'matches', 'notmatches']),
    value: scalar,
  }),
]);
const condition = z
  .strictObject({ clauses: z.array(clause).min(1), clause_combinator: z.enum(['and', 'or']).optional() })
  .refine(
    ({ clauses, clause_combinator: combinator }) => clauses.length === 1 || combinator !== undefined,
    'several clauses without a clause_combinator',
  );
const definition = z.strictObject({
  property_name: z.string().min(1),
  type: z.enum(['event', 'user']),
  cases: z.array(z.strictObject({ value, condition })),
  default_value: value.nullish(),
});

type WrittenValue = z.infer<typeof value>;
type WrittenClause = z.infer<typeof clause>;
type WrittenCondition = z.infer<typeof condition>;

/** Reads the text of `property_definitions.json`. Never throws: what is not understood stands in `skipped`. */
export function parseDefinitions(text: string, file: string): Definitions {
  const entries = readEntries(text, file);
  if (typeof entries === 'string') return { definitions: [], skipped: [entries] };
  const definitions: PropertyDefinition[] = [];
  const skipped: string[] = [];
  for (const entry of entries) {
    const result = definition.safeParse(entry);
    if (result.success) definitions.push(definitionOf(result.data));
    else skipped.push(skippedMessage(entry, file, result.error.issues[0]));
  }
  return { definitions, skipped };
}

function readEntries(text: string, file: string): readonly JsonValue[] | string {
  const useless = `No property is defined from ${file}`;
  try {
    const json = parseJsonText(text.replace(/^\ufeff/, ''));
    return Array.isArray(json)
      ? (json as readonly JsonValue[])
      : `${useless}: it is not a list of definitions.`;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return `${useless}: it is not JSON (line ${error.line}, column ${error.column}: ${error.message}).`;
  }
}

function definitionOf(entry: z.infer<typeof definition>): PropertyDefinition {
  const { default_value: otherwise } = entry;
  return {
    name: entry.property_name,
    type: entry.type,
    cases: entry.cases.map((written): DefinitionCase => ({
      value: valueOf(written.value),
      condition: conditionOf(written.condition),
    })),
    otherwise: otherwise === undefined || otherwise === null ? undefined : valueOf(otherwise),
  };
}

function valueOf(written: WrittenValue): DefinedValue {
  if (written.type === 'field') return { kind: 'field', property: written.value };
  return { kind: 'constant', text: written.value === null ? null : String(written.value) };
}

function conditionOf({ clauses, clause_combinator: combinator }: WrittenCondition): Condition {
  return { combinator: combinator ?? 'and', clauses: clauses.map(clauseOf) };
}

function clauseOf(written: WrittenClause): Clause {
  const { property_name: property } = written;
  if (written.operator === 'isdef' || written.operator === 'notdef')
    return { operator: written.operator, property };
  return { operator: written.operator, property, value: String(written.value) };
}

/** Longest piece of a definition that a message shows, in characters. */
const SHOWN = 400;

function skippedMessage(entry: JsonValue, file: string, issue: z.core.$ZodIssue | undefined): string {
  const where = issue === undefined ? '' : z.core.toDotPath(issue.path);
  const why = issue === undefined ? '' : ` (${where === '' ? '' : `${where}: `}${issue.message})`;
  return `A definition of ${file} is not understood and left out${why}: ${shown(entry)}`;
}

function shown(entry: JsonValue): string {
  const text = JSON.stringify(entry, (_key, part: unknown) =>
    typeof part === 'bigint' ? part.toString() : part,
  );
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
