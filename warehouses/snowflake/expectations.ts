import { HeaploadError } from '../../src/errors.js';
import type { Statement } from '../../src/warehouse/contract.js';
import type { Answer } from './send.js';
import { plainRow } from './values.js';

/** Throws what a statement says when another number of rows was changed or returned than it expects. */
export function expectRows(statement: Statement, actual: number, { columns, rows }: Answer): void {
  const { expect } = statement;
  if (expect === undefined || actual === expect.rows) return;
  const [first] = expect.count === 'returned' ? rows : [];
  const seen =
    first === undefined
      ? ''
      : Object.entries(plainRow(columns, first))
          .map(([name, value]) => ` ${name}=${String(value)}`)
          .join('');
  throw new HeaploadError(expect.otherwise, `${expect.message}${seen}`, {
    hint: 'Nothing of this step was committed. Run again; if it happens again, please report it.',
  });
}
