import type { Engine } from '../../render/engine.js';
import type { Dialect } from '../../warehouse/contract.js';
import type { LoadedTable } from '../types.js';
import { type Field, fieldOf } from './fields.js';
import type { Clause, DefinedValue, PropertyDefinition, ValueOperator } from './types.js';

/** A defined property of one table, for the fragment `defined`. Its value is text. */
export interface DefinedColumn {
  readonly name: string;
  /** True: there are no cases. */
  readonly unconditional: boolean;
  readonly cases: readonly {
    /** True: all clauses have to hold; false: one of them. */
    readonly all: boolean;
    /** SQL, true or false, never NULL. */
    readonly clauses: readonly string[];
    readonly value: string;
  }[];
  readonly otherwise: string;
}

interface CompileContext {
  readonly table: LoadedTable;
  readonly dialect: Dialect;
  /** Renders `definition/…`. */
  readonly engine: Engine;
}

/**
 * A definition as SQL over the columns of `_heapload_staged`, a row of the table. A property that the table does not
 * have counts as not defined.
 */
export function compileDefinition(
  definition: PropertyDefinition,
  name: string,
  context: CompileContext,
): DefinedColumn {
  return {
    name,
    unconditional: definition.cases.length === 0,
    cases: definition.cases.map(({ value, condition }) => ({
      all: condition.combinator === 'and',
      clauses: condition.clauses.map((clause) => clauseSql(clause, context)),
      value: valueSql(value, context),
    })),
    otherwise: valueSql(definition.otherwise ?? { kind: 'constant', text: null }, context),
  };
}

function valueSql(value: DefinedValue, { table, dialect, engine }: CompileContext): string {
  const nothing = (): string => engine.render('definition/nothing', {}).sql;
  if (value.kind === 'constant') return value.text === null ? nothing() : dialect.literal(value.text);
  const field = fieldOf(table, value.property);
  return field === undefined ? nothing() : engine.render('definition/value', field).sql;
}

function clauseSql(clause: Clause, { table, dialect, engine }: CompileContext): string {
  const field = fieldOf(table, clause.property);
  const isNegative = NEGATIVE.has(clause.operator);
  if (field === undefined) return dialect.literal(isNegative);
  const positive =
    'value' in clause
      ? comparison(clause, field, { dialect, engine })
      : engine.render('definition/present', field).sql;
  return isNegative ? `NOT (${positive})` : positive;
}

const NEGATIVE: ReadonlySet<Clause['operator']> = new Set(['!=', 'notcontains', 'notmatches', 'notdef']);

const TEMPLATE: Readonly<Record<ValueOperator, string>> = {
  '=': 'equals',
  '!=': 'equals',
  contains: 'contains',
  notcontains: 'contains',
  matches: 'matches',
  notmatches: 'matches',
};

function comparison(
  { operator, value }: Extract<Clause, { readonly value: string }>,
  field: Field,
  { dialect, engine }: Pick<CompileContext, 'dialect' | 'engine'>,
): string {
  const template = TEMPLATE[operator];
  const [source] = field.sources;
  if (template === 'equals' && !field.several && source !== undefined) {
    const number = comparableNumber(source.from.kind, value);
    if (number === 'never') return dialect.literal(false);
    if (number !== undefined)
      return engine.render('definition/equals-number', { staged: source.staged, number }).sql;
  }
  // Warehouses do not agree on the place of an empty text.
  if (template === 'contains' && value === '') return engine.render('definition/present', field).sql;
  return engine.render(`definition/${template}`, { ...field, text: value, pattern: likePattern(value) }).sql;
}

const NUMBER = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$/;
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * What a number column is compared with: 5 is 5.0. `never`: a number that no value of the column is; undefined: not
 * to be compared as numbers.
 */
export function comparableNumber(kind: string, text: string): bigint | number | 'never' | undefined {
  if ((kind !== 'int64' && kind !== 'float64') || !NUMBER.test(text)) return undefined;
  if (kind === 'float64') return Number.isFinite(Number(text)) ? Number(text) : 'never';
  if (/^[+-]?[0-9]+$/.test(text)) return inInt64(BigInt(text.replace(/^\+/, '')));
  const number = Number(text);
  return Number.isSafeInteger(number) ? BigInt(number) : 'never';
}

function inInt64(number: bigint): bigint | 'never' {
  return number <= MAX_INT64 && number >= -MAX_INT64 - 1n ? number : 'never';
}

/** A pattern of Heap's, where `*` stands for any text, as one of LIKE with `\` as its escape. */
export function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
