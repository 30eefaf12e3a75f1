import type { AvroColumn } from '../avro/types.js';
import { columnSelected, renamedColumn } from '../config/selection.js';
import type { ColumnsConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { RESERVED_PREFIX, nameKey } from '../schema/identifiers.js';
import type { Capabilities } from '../warehouse/contract.js';

/** A column of a file under its final name. */
export interface NamedColumn {
  /** Place in the file's header. */
  readonly index: number;
  readonly name: string;
  readonly column: AvroColumn;
  /** False: left out by the configuration. */
  readonly selected: boolean;
}

/** Gives a file's columns their final names; throws `NAME_COLLISION` or `NAME_INVALID`. */
export function nameColumns(
  header: readonly AvroColumn[],
  table: string,
  keys: readonly string[],
  config: ColumnsConfig,
  limits: Pick<Capabilities, 'maxColumnName' | 'reservedColumnPrefixes'>,
): readonly NamedColumn[] {
  const byName = new Map<string, string>();
  return header.map((column, index) => {
    const name = renamedColumn(config, table, column.name) ?? column.name;
    const selected = columnSelected(config, table, name, keys);
    if (selected) {
      const other = byName.get(nameKey(name));
      if (other !== undefined) throw columnCollision(table, other, column.name, name);
      byName.set(nameKey(name), column.name);
      checkColumnName(table, name, limits);
    }
    return { index, name, column, selected };
  });
}

/** Throws `NAME_INVALID` when the warehouse cannot have a column of that name. */
export function checkColumnName(
  table: string,
  name: string,
  limits: Pick<Capabilities, 'maxColumnName' | 'reservedColumnPrefixes'>,
): void {
  const rename = {
    hint: `Give it another name: columns.rename: { ${table}: { ${JSON.stringify(name)}: new_name } }`,
  };
  const prefix = [RESERVED_PREFIX, ...limits.reservedColumnPrefixes].find((start) =>
    nameKey(name).startsWith(start),
  );
  if (prefix !== undefined) {
    throw new HeaploadError(
      'NAME_INVALID',
      `Column ${name} starts with ${prefix}, which is reserved.`,
      rename,
    );
  }
  const length = Array.from(name).length;
  if (length > limits.maxColumnName) {
    const message = `Column ${name} is ${length} characters long; the warehouse takes ${limits.maxColumnName}.`;
    throw new HeaploadError('NAME_INVALID', message, rename);
  }
}

export function columnCollision(table: string, first: string, second: string, name: string): HeaploadError {
  const pair = `Columns ${JSON.stringify(first)} and ${JSON.stringify(second)}`;
  const onlyCase = first !== second && nameKey(first) === nameKey(second);
  const message = onlyCase
    ? `${pair} differ only in upper and lower case, which makes them one column.`
    : `${pair} both become ${JSON.stringify(name)}.`;
  return new HeaploadError('NAME_COLLISION', message, {
    hint: `Rename one of them: columns.rename: { ${table}: { ${JSON.stringify(second)}: ${name}_2 } }`,
  });
}
