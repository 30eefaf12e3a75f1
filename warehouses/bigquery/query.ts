import { HeaploadError } from '../../src/errors.js';
import type { Parameters, Purpose, Statement } from '../../src/warehouse/contract.js';
import { jobLabels } from './job-ids.js';
import type { JobConfiguration } from './resources.js';
import type { BigQuerySettings } from './settings.js';

/** Bytes BigQuery takes as the text of a query. */
const MAX_TEXT = 1024 * 1024;

/** The job of a statement or script; its parameters are bound by name. */
export function queryConfiguration(
  settings: BigQuerySettings,
  sql: string,
  options: {
    readonly parameters?: readonly object[];
    readonly purpose?: Purpose;
    readonly dryRun?: boolean;
  } = {},
): JobConfiguration {
  checkText(sql);
  const { parameters = [], purpose, dryRun } = options;
  return {
    labels: jobLabels(settings, purpose),
    ...(dryRun === true ? { dryRun } : {}),
    query: {
      query: sql,
      useLegacySql: false,
      useQueryCache: false,
      priority: settings.priority.toUpperCase(),
      ...(parameters.length === 0 ? {} : { parameterMode: 'NAMED', queryParameters: parameters }),
      // A dry run is free, and is asked for the figure.
      ...(settings.maximumBytesBilled === undefined || dryRun === true
        ? {}
        : { maximumBytesBilled: settings.maximumBytesBilled.toString() }),
    },
  };
}

/** Values by name; their types are what the contract says of them. */
export function queryParameters(statement: Statement, values: Parameters): readonly object[] {
  return statement.parameters.map((name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`no value for parameter ${name}`);
    const type = typeof value === 'bigint' ? 'INT64' : 'STRING';
    return { name, parameterType: { type }, parameterValue: { value: value.toString() } };
  });
}

/** For dry runs, which want types and no values. */
export function untypedParameters(statement: Statement): readonly object[] {
  const numbers: readonly string[] = ['lease_token', 'rows_read', 'loads_done', 'loads_failed'];
  return statement.parameters.map((name) => ({
    name,
    parameterType: { type: numbers.includes(name) ? 'INT64' : 'STRING' },
    parameterValue: { value: numbers.includes(name) ? '0' : '' },
  }));
}

function checkText(sql: string): void {
  const bytes = Buffer.byteLength(sql);
  if (bytes <= MAX_TEXT) return;
  throw new HeaploadError('WAREHOUSE_LIMIT', `A statement has ${bytes} bytes; BigQuery takes ${MAX_TEXT}.`, {
    hint: 'The table has more columns, or longer names, than one statement can hold. Leave some out with columns.exclude, or give them shorter names with columns.rename.',
  });
}
