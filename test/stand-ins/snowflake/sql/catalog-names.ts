import { SnowflakeError } from '../errors.js';
import { stringConstant } from './literals.js';
import { quoteEngineName } from './names.js';

/** Each view of INFORMATION_SCHEMA, with its column that names the database. */
const VIEWS: Readonly<Record<string, string>> = {
  SCHEMATA: 'CATALOG_NAME',
  TABLES: 'TABLE_CATALOG',
  COLUMNS: 'TABLE_CATALOG',
};

/** The view behind a name of INFORMATION_SCHEMA; undefined for other names. */
export function catalogView(parts: readonly string[]): string | undefined {
  const local = parts.length === 2 && parts[0] === 'INFORMATION_SCHEMA';
  if (!local && !(parts.length === 3 && parts[1] === 'INFORMATION_SCHEMA')) return undefined;
  const name = parts.at(-1) ?? '';
  const column = VIEWS[name];
  if (column === undefined) {
    const message = `SQL compilation error:\nObject 'INFORMATION_SCHEMA.${name}' does not exist or not authorized.`;
    throw new SnowflakeError('002003', '42S02', message);
  }
  const database = local ? 'current_database()' : stringConstant(parts[0] ?? '');
  return `(SELECT * FROM memory.sf.${quoteEngineName(name)} WHERE "${column}" = ${database})`;
}
