import type { Warehouse } from '../../src/warehouse/contract.js';
import { bigqueryDialect, dialectFor } from './dialect.js';
import { type BigQuerySettings, bigquerySettingNames, parseBigQuerySettings } from './settings.js';

/** Google BigQuery. Google's libraries load when a session is opened. */
export const bigquery: Warehouse<BigQuerySettings> = {
  name: 'bigquery',
  settingNames: bigquerySettingNames,
  parseSettings: parseBigQuerySettings,
  dialect: (settings) => (settings === undefined ? bigqueryDialect : dialectFor(settings)),
  connect: async (settings, options) => {
    const { connectBigQuery } = await import('./session.js');
    return await connectBigQuery(settings, options);
  },
};
