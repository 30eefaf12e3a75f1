import { createHash } from 'node:crypto';
import { nameKey } from '../../src/schema/identifiers.js';
import type { FileStage } from '../../src/warehouse/contract.js';
import { literal, quoteIdentifier } from './quoting.js';
import type { SnowflakeSettings } from './settings.js';

/** Where `put` leaves containers for COPY: heapload's own stage in its schema, or one the user names. */
const OWN_STAGE = '_heapload_transfer';

type Transferring = Pick<SnowflakeSettings, 'transfer' | 'database'>;

export function fileStage({ transfer, database }: Transferring): FileStage {
  const { kind, stage } = transfer;
  const name = (schema: string): string =>
    stage ?? `${quoteIdentifier(schema)}.${quoteIdentifier(OWN_STAGE)}`;
  // A stage of the user's may serve several schemas, and things that are not heapload's.
  const root = (schema: string): string =>
    stage === undefined ? '' : `heapload/${plain(database)}/${plain(schema)}/`;
  return {
    isMade: kind === 'put' && stage === undefined,
    isEmptied: kind === 'put',
    name,
    location: (schema, folder) =>
      literal(`@${name(schema)}/${kind === 'external' ? folder : `${root(schema)}${folder}`}`),
    folder: (staging) => `${plain(staging)}/`,
  };
}

/** A name as part of a path, the same for a table as planned and as the catalog shows it; two names stay two. */
function plain(given: string): string {
  const name = nameKey(given);
  const folded = name.replace(/[^a-z0-9_]+/g, '_');
  return folded === name ? name : `${folded}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
