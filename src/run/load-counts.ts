import type { Session } from '../warehouse/contract.js';
import type { LoadCounts } from './events.js';
import { bigintOf } from './rows.js';

/** The counts of a load that has just committed. */
export async function readCounts(session: Session, report: string): Promise<LoadCounts> {
  const [row] = await session.query(report);
  if (row === undefined) throw new Error('a load that was committed is not in the ledger');
  return {
    read: bigintOf(row, 'rows_read'),
    inserted: bigintOf(row, 'rows_inserted'),
    updated: bigintOf(row, 'rows_updated'),
    unchanged: bigintOf(row, 'rows_unchanged'),
    filtered: bigintOf(row, 'rows_filtered'),
    rejected: bigintOf(row, 'rows_rejected'),
    valuesRejected: bigintOf(row, 'values_rejected'),
    tableRows: bigintOf(row, 'table_rows'),
  };
}
