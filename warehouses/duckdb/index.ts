import type { Warehouse } from '../../src/warehouse/contract.js';
import { duckdbDialect, tableDialect } from './dialect.js';
import { type DuckDbSettings, duckdbSettingNames, parseDuckDbSettings } from './settings.js';

/** The embedded warehouse: one file, no account. */
export const duckdb: Warehouse<DuckDbSettings> = {
  name: 'duckdb',
  settingNames: duckdbSettingNames,
  parseSettings: parseDuckDbSettings,
  dialect: (settings) => (settings?.staging === 'table' ? tableDialect : duckdbDialect),
  connect: async (settings, options) => {
    const { connectDuckDb } = await import('./session.js');
    return await connectDuckDb(settings, options);
  },
};
