import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { HeaploadError } from '../../src/errors.js';
import type { ConnectOptions, ExecuteOptions, Session } from '../../src/warehouse/contract.js';
import { connectSnowflake } from '../../warehouses/snowflake/session.js';
import { type SnowflakeSettings, parseSnowflakeSettings } from '../../warehouses/snowflake/settings.js';
import { snowflakeBlock } from '../support/snowflake-block.js';
import type { StandInOptions } from '../stand-ins/snowflake/server.js';
import { type SnowflakeStandIn, startSnowflakeStandIn } from '../stand-ins/snowflake/server.js';

/** A stand-in, a folder for keys, and sessions on it. */
export interface Account {
  readonly standIn: SnowflakeStandIn;
  readonly folder: string;
  /** As parsed from a configuration; `change` overrides or, with undefined, takes away. */
  settings(change?: Readonly<Record<string, unknown>>): SnowflakeSettings;
  using<T>(
    settings: SnowflakeSettings,
    work: (session: Session) => Promise<T>,
    mode?: ConnectOptions['mode'],
  ): Promise<T>;
  stop(): Promise<void>;
}

export async function openAccount(options: StandInOptions = {}): Promise<Account> {
  const standIn = await startSnowflakeStandIn({ idleTransactionMs: 300, ...options });
  const folder = await mkdtemp(path.join(os.tmpdir(), 'heapload-snowflake-test-'));
  const login = await snowflakeBlock(standIn, folder);
  return {
    standIn,
    folder,
    settings: (change = {}) => {
      const block = { ...login, ...change };
      const given = Object.entries(block).filter(([, value]) => value !== undefined);
      const parsed = parseSnowflakeSettings(Object.fromEntries(given), folder);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      return parsed.settings;
    },
    using: async (settings, work, mode = 'write') => {
      const session = await connectSnowflake(settings, { mode, signal: new AbortController().signal });
      try {
        return await work(session);
      } finally {
        await session.close();
      }
    },
    stop: async () => {
      await standIn.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a promise is rejected with, as heapload's error. */
export async function failureOf(promise: Promise<unknown>): Promise<HeaploadError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof HeaploadError) return thrown;
  throw new Error(`not an error of heapload's: ${String(thrown)}`);
}

export function executing(change: Partial<ExecuteOptions> = {}): ExecuteOptions {
  return {
    parameters: {},
    purpose: { runId: 'run-1' },
    signal: new AbortController().signal,
    open: () => {
      throw new Error('a statement opens no file');
    },
    ...change,
  };
}
