import type { Engine } from '../../render/engine.js';
import { losslessConversion } from '../../schema/conversions.js';
import { FLOAT64, type LogicalType, STRING, sameType } from '../../schema/logical-types.js';
import type { LoadedTable } from '../types.js';
import { columnOf } from './roles.js';

/** A column of a row of `_heapload_staged` as SQL, converted without loss; undefined where there is no way. */
export function valueSql(
  engine: Engine,
  column: string,
  from: LogicalType,
  to: LogicalType,
): string | undefined {
  const conversion = losslessConversion(from, to);
  if (conversion === undefined) return undefined;
  return engine.render(`convert/${conversion}`, { staged: column, from, to, conversion }).sql;
}

/** NULL of a type. */
export function nullSql(engine: Engine, to: LogicalType): string {
  return engine.render('convert/null', { staged: 'null', from: to, to, conversion: 'null' }).sql;
}

/**
 * The type that the columns of one name have in several tables, those without it left aside: their own where they
 * agree, a floating-point number for numbers, else text. Undefined: no table has it, or there is no way to agree.
 */
export function commonType(tables: readonly LoadedTable[], column: string): LogicalType | undefined {
  const found = tables.map((table) => columnOf(table, column)).filter((each) => each !== undefined);
  const types: LogicalType[] = [];
  for (const { type } of found) {
    if (type === undefined) return undefined;
    if (!types.some((known) => sameType(known, type))) types.push(type);
  }
  const [first] = types;
  if (first === undefined || types.length === 1) return first;
  return [FLOAT64, STRING].find((to) => types.every((from) => losslessConversion(from, to) !== undefined));
}

/** The column of a table as a value of that type, NULL when the table lacks it. */
export function columnAs(engine: Engine, table: LoadedTable, column: string, to: LogicalType): string {
  const found = columnOf(table, column);
  const sql = found?.type === undefined ? undefined : valueSql(engine, found.name, found.type, to);
  return sql ?? nullSql(engine, to);
}
