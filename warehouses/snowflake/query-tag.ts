import type { Purpose } from '../../src/warehouse/contract.js';
import type { SnowflakeSettings } from './settings.js';

/** What a statement is for, as JSON for the query history: `{"app":"heapload","run":…,"dump":…,"table":…,"tag":…}`. */
export function queryTag(settings: SnowflakeSettings, purpose?: Purpose): string {
  const { load } = purpose ?? {};
  return JSON.stringify({
    app: 'heapload',
    run: purpose?.runId,
    dump: load?.dumpId.toString(),
    table: load?.table,
    tag: settings.queryTag,
  });
}
