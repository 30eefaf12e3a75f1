import type {
  Clause,
  Condition,
  DefinedValue,
  PropertyDefinition,
} from '../../../src/models/definitions/types.js';
import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';
import { textOf } from '../model.js';

/** One value of a row, with the type of its column. */
export interface Typed {
  readonly type: LogicalType;
  readonly value: Value;
}

/** A row by column; a property that changed its type stands in several, the newest first. */
export type InterpretedRow = Readonly<Record<string, readonly Typed[]>>;

/** What a definition makes of a row: what the compiled SQL is held to. */
export function interpret({ cases, otherwise }: PropertyDefinition, row: InterpretedRow): string | null {
  for (const { value, condition } of cases) if (holds(condition, row)) return valueOf(value, row);
  return otherwise === undefined ? null : valueOf(otherwise, row);
}

function valueOf(value: DefinedValue, row: InterpretedRow): string | null {
  return value.kind === 'constant' ? value.text : shown(row[value.property] ?? []);
}

function holds({ combinator, clauses }: Condition, row: InterpretedRow): boolean {
  return combinator === 'and'
    ? clauses.every((clause) => clauseHolds(clause, row))
    : clauses.some((clause) => clauseHolds(clause, row));
}

function clauseHolds(clause: Clause, row: InterpretedRow): boolean {
  const typed = row[clause.property] ?? [];
  const text = shown(typed);
  switch (clause.operator) {
    case 'isdef':
      return text !== null;
    case 'notdef':
      return text === null;
    case '=':
      return equals(typed, clause.value);
    case '!=':
      return !equals(typed, clause.value);
    case 'contains':
      return text?.includes(clause.value) ?? false;
    case 'notcontains':
      return !(text?.includes(clause.value) ?? false);
    case 'matches':
      return matches(text, clause.value);
    case 'notmatches':
      return !matches(text, clause.value);
    default:
      return clause satisfies never;
  }
}

/** Numbers compare as numbers, so that 5 is 5.0; everything else as text. */
function equals(typed: readonly Typed[], wanted: string): boolean {
  const [only] = typed;
  const isNumeric = only?.type.kind === 'int64' || only?.type.kind === 'float64';
  if (
    typed.length === 1 &&
    only !== undefined &&
    isNumeric &&
    wanted.trim() !== '' &&
    !Number.isNaN(Number(wanted))
  )
    return only.value !== null && Number(only.value) === Number(wanted);
  return shown(typed) === wanted;
}

function matches(text: string | null, pattern: string): boolean {
  if (text === null) return false;
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  const lower = text.toLowerCase();
  if (rest.length === 0) return lower === first;
  if (!lower.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = lower.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  const last = rest.at(-1) ?? '';
  return lower.length - last.length >= at && lower.endsWith(last);
}

function shown(typed: readonly Typed[]): string | null {
  for (const { type, value } of typed) {
    if (value === null) continue;
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : textOf(value, type);
  }
  return null;
}
