import { HeaploadError } from '../errors.js';
import { sameType, typeName } from '../schema/logical-types.js';
import type { AvroColumn } from './types.js';

/** Throws `SOURCE_CHANGED` when a file does not have the columns it had when its load was planned. */
export function checkColumns(
  found: readonly AvroColumn[],
  planned: readonly AvroColumn[],
  file: string,
): void {
  const place = planned.findIndex((column, n) => !sameColumn(column, found[n]));
  if (place < 0 && found.length === planned.length) return;
  const at = place < 0 ? planned.length : place;
  const message = `Column ${at + 1} of the file is ${columnText(found[at])}; when the load was planned it was ${columnText(planned[at])}.`;
  throw new HeaploadError('SOURCE_CHANGED', message, {
    hint: 'The file was overwritten after planning. Run again.',
    place: { file },
  });
}

function sameColumn(a: AvroColumn, b: AvroColumn | undefined): boolean {
  return a.name === b?.name && sameType(a.type, b.type);
}

function columnText(column: AvroColumn | undefined): string {
  return column === undefined
    ? 'not there'
    : `${JSON.stringify(column.name)} of type ${typeName(column.type)}`;
}
