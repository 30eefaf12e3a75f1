import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SnowflakeStandIn } from '../stand-ins/snowflake/server.js';

/** The settings with which its user logs in to a stand-in with a key, which is written into `folder`. */
export async function snowflakeBlock(
  standIn: SnowflakeStandIn,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const key = path.join(folder, 'key.p8');
  await writeFile(key, standIn.user.privateKey);
  return {
    account: standIn.account,
    user: standIn.user.name,
    role: standIn.user.role,
    warehouse: 'LOAD_WH',
    database: 'ANALYTICS',
    private_key_path: key,
    access_url: standIn.url,
  };
}
