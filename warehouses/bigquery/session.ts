import { HeaploadError } from '../../src/errors.js';
import type {
  ConnectOptions,
  Estimate,
  ExecuteOptions,
  Operation,
  OperationResult,
  Permission,
  Row,
  Session,
  Statement,
} from '../../src/warehouse/contract.js';
import { type Client, clientOf } from './client.js';
import { estimateOf } from './estimate.js';
import { bigqueryError } from './errors.js';
import { jobIdPrefix, questionId } from './job-ids.js';
import { runJob } from './jobs.js';
import { loadFiles } from './load.js';
import { probePermissions } from './permissions.js';
import { queryConfiguration, queryParameters } from './query.js';
import type { JobResource } from './resources.js';
import { firstRow, readRows } from './rows.js';
import type { BigQuerySettings } from './settings.js';

/** Sends nothing yet; credentials are looked for, and fail here when there are none. */
export async function connectBigQuery(
  settings: BigQuerySettings,
  { signal }: ConnectOptions,
): Promise<Session> {
  return new BigQuerySession(await clientOf(settings), signal);
}

/** Has no state of its own: BigQuery knows jobs, not connections, and a transaction is one script. */
class BigQuerySession implements Session {
  readonly #client: Client;
  readonly #signal: AbortSignal;

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }

  async execute(operation: Operation, options: ExecuteOptions): Promise<OperationResult> {
    try {
      if (operation.kind === 'transfer') return await loadFiles(this.#client, operation, options);
      return await this.#statement(operation, options);
    } catch (error) {
      throw bigqueryError(error);
    }
  }

  async query(sql: string): Promise<readonly Row[]> {
    const configuration = queryConfiguration(this.#client.settings, sql);
    // Questions are asked after an interruption too, to give the lease back.
    const signal = this.#signal.aborted ? new AbortController().signal : this.#signal;
    try {
      const job = await runJob(this.#client, { idPrefix: questionId(), configuration }, signal);
      return await readRows(this.#client, job.jobReference);
    } catch (error) {
      throw bigqueryError(error);
    }
  }

  async estimate(statement: Statement): Promise<Estimate> {
    return await estimateOf(this.#client, statement, this.#signal);
  }

  async permissions(schema: string, models: readonly string[]): Promise<readonly Permission[]> {
    return await probePermissions(this.#client, [schema, ...models], this.#signal);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #statement(statement: Statement, options: ExecuteOptions): Promise<OperationResult> {
    const client = this.#client;
    const { purpose, parameters, signal } = options;
    const bound = queryParameters(statement, parameters);
    const configuration = queryConfiguration(client.settings, statement.sql, { parameters: bound, purpose });
    const idPrefix = jobIdPrefix(purpose, JSON.stringify([statement.sql, bound]), client.asked);
    const job = await runJob(client, { idPrefix, configuration }, signal);
    const rows = await this.#expect(statement, job);
    const billed = job.statistics?.query?.totalBytesBilled;
    return { rows, ...(billed === undefined ? {} : { bytesBilled: BigInt(billed) }) };
  }

  async #expect({ expect }: Statement, job: JobResource): Promise<number> {
    const changed = Number(job.statistics?.query?.numDmlAffectedRows ?? 0);
    if (expect === undefined) return changed;
    const returned = expect.count === 'returned' ? await firstRow(this.#client, job.jobReference) : undefined;
    const rows = returned?.count ?? changed;
    if (rows === expect.rows) return rows;
    const seen = Object.entries(returned?.row ?? {}).map(([name, value]) => ` ${name}=${String(value)}`);
    throw new HeaploadError(expect.otherwise, `${expect.message}${seen.join('')}`, {
      hint: 'Nothing of this step was committed. Run again; if it happens again, please report it.',
    });
  }
}
