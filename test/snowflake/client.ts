import type { Connection, ConnectionOptions, SnowflakeError } from 'snowflake-sdk';
import snowflake from 'snowflake-sdk';
import type { SnowflakeStandIn } from '../stand-ins/snowflake/server.js';

// Without these the driver asks cloud metadata services where it is, and reports how its options look.
process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] = 'true';
process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] = 'true';
snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });

/** The real driver, with promises. */
export interface Client {
  readonly connection: Connection;
  /** Rows as objects of texts. */
  rows(sql: string, binds?: readonly (string | number | boolean | null)[]): Promise<readonly Row[]>;
  /** Rows changed, as the driver counts them. */
  changed(sql: string, binds?: readonly (string | number | boolean | null)[]): Promise<number>;
  /** What a statement fails with. */
  failure(sql: string): Promise<SnowflakeError>;
  close(): Promise<void>;
}

export type Row = Readonly<Record<string, string | null>>;

/** How the user of the stand-in logs in when it is not told otherwise: with its key. */
export function logInOptions(standIn: SnowflakeStandIn): ConnectionOptions {
  return {
    account: standIn.account,
    username: standIn.user.name,
    accessUrl: standIn.url,
    authenticator: 'SNOWFLAKE_JWT',
    privateKey: standIn.user.privateKey,
    role: 'LOADER',
    warehouse: 'LOAD_WH',
    database: 'ANALYTICS',
    retryTimeout: 5,
  };
}

/** Logs in with the real driver; rejects with what it says. */
export async function logIn(
  standIn: SnowflakeStandIn,
  options: Partial<ConnectionOptions> = {},
): Promise<Client> {
  const connection = snowflake.createConnection({ ...logInOptions(standIn), ...options });
  await new Promise<void>((resolve, reject) => {
    connection.connect((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  return client(connection);
}

function client(connection: Connection): Client {
  const run = (
    sqlText: string,
    binds: readonly (string | number | boolean | null)[] = [],
  ): Promise<{ readonly rows: readonly Row[]; readonly changed: number }> =>
    new Promise((resolve, reject) => {
      connection.execute({
        sqlText,
        binds: [...binds] as string[],
        fetchAsString: ['String', 'Boolean', 'Number', 'Date', 'JSON', 'Buffer'],
        complete: (error, statement, rows) => {
          if (error) reject(error);
          else resolve({ rows: (rows ?? []) as Row[], changed: statement.getNumUpdatedRows() ?? -1 });
        },
      });
    });
  return {
    connection,
    rows: async (sql, binds) => (await run(sql, binds)).rows,
    changed: async (sql, binds) => (await run(sql, binds)).changed,
    failure: async (sql) => {
      const thrown = await run(sql).then(
        () => undefined,
        (error: unknown) => error as SnowflakeError,
      );
      if (thrown === undefined) throw new Error(`it was carried out: ${sql}`);
      return thrown;
    },
    close: () =>
      new Promise((resolve, reject) => {
        connection.destroy((error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
  };
}
