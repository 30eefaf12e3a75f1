import type { Warehouse } from '../../src/warehouse/contract.js';
import { snowflakeDialect } from './dialect.js';
import { type SnowflakeSettings, parseSnowflakeSettings, snowflakeSettingNames } from './settings.js';

/** Snowflake, through its own driver. */
export const snowflake: Warehouse<SnowflakeSettings> = {
  name: 'snowflake',
  settingNames: snowflakeSettingNames,
  parseSettings: parseSnowflakeSettings,
  dialect: (settings) => snowflakeDialect(settings),
  connect: async (settings, options) => {
    const { connectSnowflake } = await import('./session.js');
    return await connectSnowflake(settings, options);
  },
};
