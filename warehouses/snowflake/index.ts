import { HeaploadError } from '../../src/errors.js';
import type { Warehouse } from '../../src/warehouse/contract.js';
import { snowflakeDialect } from './dialect.js';
import { type SnowflakeSettings, parseSnowflakeSettings, snowflakeSettingNames } from './settings.js';

/** Snowflake: this version plans for it and does not connect to it. */
export const snowflake: Warehouse<SnowflakeSettings> = {
  name: 'snowflake',
  settingNames: snowflakeSettingNames,
  parseSettings: parseSnowflakeSettings,
  dialect: () => snowflakeDialect,
  connect: () =>
    Promise.reject(
      new HeaploadError('WAREHOUSE_UNSUPPORTED', 'This version of heapload cannot connect to Snowflake.', {
        hint: '`heapload plan --offline` prints the SQL for Snowflake without a connection. To load data now, set warehouse.type: duckdb.',
      }),
    ),
};
