import { HeaploadError } from '../../src/errors.js';
import type { Warehouse } from '../../src/warehouse/contract.js';
import { bigqueryDialect } from './dialect.js';
import { type BigQuerySettings, bigquerySettingNames, parseBigQuerySettings } from './settings.js';

/** Google BigQuery: this version plans for it and does not connect to it. */
export const bigquery: Warehouse<BigQuerySettings> = {
  name: 'bigquery',
  settingNames: bigquerySettingNames,
  parseSettings: parseBigQuerySettings,
  dialect: () => bigqueryDialect,
  connect: () =>
    Promise.reject(
      new HeaploadError('WAREHOUSE_UNSUPPORTED', 'This version of heapload cannot connect to BigQuery.', {
        hint: '`heapload plan --offline` prints the SQL for BigQuery without a connection. To load data now, set warehouse.type: duckdb.',
      }),
    ),
};
