import type { ColumnsConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import {
  type Conversion,
  canBeKey,
  losslessConversion,
  timestampConversion,
  variantNames,
} from '../schema/conversions.js';
import { nameKey } from '../schema/identifiers.js';
import { type LogicalType, TIMESTAMP, typeName } from '../schema/logical-types.js';
import type { Capabilities } from '../warehouse/contract.js';
import type { NamedColumn } from './columns.js';
import { columnCollision } from './columns.js';
import type { ColumnState } from './state.js';
import type { FinalColumn } from './steps.js';

/** Where the values of one column of one file go. */
export interface Route {
  readonly column: FinalColumn;
  readonly conversion: Conversion;
  /** The column did not exist before. */
  readonly isNew: boolean;
  /** Set when the values go to a variant column: the column that could not take them. */
  readonly divertedFrom?: FinalColumn;
}

/** Columns a table has at some point of planning; `type` undefined: made by somebody else. */
export type KnownColumns = ReadonlyMap<string, Pick<ColumnState, 'name' | 'type' | 'nativeType' | 'origin'>>;

export interface RouteContext {
  readonly table: string;
  readonly keys: ReadonlySet<string>;
  readonly config: ColumnsConfig;
  readonly storedCase: Capabilities['storedCase'];
}

/** Rules 6 and 7: the first type of a column stays; later types are converted, diverted, or stop the table. */
export function routeColumn(incoming: NamedColumn, known: KnownColumns, context: RouteContext): Route {
  const { name, column } = incoming;
  const isKey = context.keys.has(nameKey(name));
  const isTime = isKnownTimestamp(name, context.config);
  const existing = known.get(nameKey(name));
  if (existing === undefined) {
    const type = isTime ? TIMESTAMP : column.type;
    if (isKey && !canBeKey(type)) throw badKey(context.table, name, column.type);
    const conversion = isTime ? timestampConversion(column.type) : 'keep';
    return { column: { name, type, origin: name }, conversion, isNew: true };
  }
  if (existing.origin !== undefined && nameKey(existing.origin) !== nameKey(name)) {
    throw columnCollision(context.table, `${existing.origin} (as variant)`, column.name, name);
  }
  const target = finalColumn(existing, context, existing.origin ?? name);
  const conversion =
    isTime && target.type.kind === 'timestamp'
      ? timestampConversion(column.type)
      : losslessConversion(column.type, target.type);
  if (conversion !== undefined) return { column: target, conversion, isNew: false };
  if (isKey) throw changedKey(context.table, target, column.type);
  if (context.config.onTypeChange === 'fail') throw changedType(context.table, target, column.type);
  return divert(target, column.type, known, context);
}

export function isKnownTimestamp(name: string, config: ColumnsConfig): boolean {
  if (config.timestamps.as === 'raw') return false;
  return config.timestamps.columns.some((column) => nameKey(column) === nameKey(name));
}

/** `spelled`: the name as the source has it. A warehouse that stores names in upper case does not keep that. */
function finalColumn(
  existing: Pick<ColumnState, 'name' | 'type' | 'nativeType' | 'origin'>,
  { table, storedCase }: RouteContext,
  spelled: string,
): FinalColumn {
  if (existing.type === undefined) {
    const message = `Column ${existing.name} of ${table} has type ${existing.nativeType}, which heapload never makes.`;
    throw new HeaploadError('COLUMN_FOREIGN', message, {
      hint: `Give your own column another name, or leave the source's out: columns.exclude: { ${table}: [${JSON.stringify(existing.name)}] }`,
    });
  }
  const name = storedCase === 'upper' ? spelled : existing.name;
  return { name, type: existing.type, origin: existing.origin ?? name };
}

function divert(target: FinalColumn, type: LogicalType, known: KnownColumns, context: RouteContext): Route {
  for (const name of variantNames(target.name, type)) {
    const existing = known.get(nameKey(name));
    if (existing === undefined) {
      const column = { name, type, origin: target.name };
      return { column, conversion: 'keep', isNew: true, divertedFrom: target };
    }
    if (existing.origin !== undefined && nameKey(existing.origin) !== nameKey(target.name)) {
      throw columnCollision(context.table, existing.origin, `${target.name} (as variant)`, name);
    }
    // A run that died before its load was recorded leaves a variant column the schema history says nothing of.
    const variant = { ...finalColumn(existing, context, name), origin: target.name };
    const conversion = losslessConversion(type, variant.type);
    if (conversion !== undefined) return { column: variant, conversion, isNew: false, divertedFrom: target };
  }
  throw changedType(context.table, target, type);
}

function badKey(table: string, name: string, type: LogicalType): HeaploadError {
  return new HeaploadError(
    'KEY_TYPE',
    `Key column ${name} has type ${typeName(type)}, which cannot be a key.`,
    {
      hint: `Choose other key columns under tables.keys: { ${table}: [...] }, or have the export corrected.`,
    },
  );
}

function changedKey(table: string, target: FinalColumn, type: LogicalType): HeaploadError {
  const message = `Key column ${target.name} is ${typeName(target.type)} in ${table} but ${typeName(type)} in this file.`;
  return new HeaploadError('KEY_TYPE', message, {
    hint: 'A key cannot move to a variant column. Have the export corrected, or choose other key columns and reset the table.',
  });
}

function changedType(table: string, target: FinalColumn, type: LogicalType): HeaploadError {
  const message = `Column ${target.name} is ${typeName(target.type)} in ${table} but ${typeName(type)} in this file.`;
  return new HeaploadError('TYPE_CHANGED', message, {
    hint: `Set columns.on_type_change: variant to load it into ${target.name}__${type.kind}, or exclude the column.`,
  });
}
