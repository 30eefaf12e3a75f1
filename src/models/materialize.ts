import { HeaploadError } from '../errors.js';
import { LEDGER } from '../plan/ledger.js';
import type { Engine } from '../render/engine.js';
import { nameKey } from '../schema/identifiers.js';
import type { Dialect, Expectation, Statement, TableName } from '../warehouse/contract.js';
import type { Model } from './analyze.js';
import type { ExistingRelation, NativeColumn } from './catalog.js';

/** Tables into which incremental models put new rows before they merge them. */
export const MODEL_STAGING_PREFIX = '_heapload_model_';

/** A model's statements. */
export interface Materialized {
  /** In order; of an incremental model that exists, those that put the new rows into the staging table. */
  readonly operations: readonly Statement[];
  readonly merge: PlannedMerge | undefined;
}

/** The second half of an incremental model, as it will be if the query gives the columns that the table has. */
export interface PlannedMerge {
  readonly target: ExistingRelation;
  readonly staging: TableName;
  /** Gives every column of the schema that the staging table is in. */
  readonly columns: string;
  readonly operations: readonly Statement[];
}

export interface MaterializeSettings {
  readonly dialect: Dialect;
  readonly engine: Engine;
}

/** The statements that build a model from its query. `existing`: what stands in its place now. */
export function materialize(
  model: Model,
  query: string,
  existing: ExistingRelation | undefined,
  incremental: boolean,
  settings: MaterializeSettings,
): Materialized {
  const make = statements(settings);
  const { relation, config } = model;
  const wanted = config.materialized === 'view' ? 'view' : 'table';
  if (incremental && existing?.kind === 'table') {
    const staging = { schema: relation.schema, name: `${MODEL_STAGING_PREFIX}${relation.name}` };
    return {
      operations: [holdsLease(make), make('stage', { staging, query })],
      merge: {
        target: existing,
        staging,
        columns: settings.engine.render('observe/columns', { schema: relation.schema }).sql,
        operations: mergeStatements(model, existing, existing.columns, settings),
      },
    };
  }
  // No warehouse replaces a view by a table or the other way round.
  const drop =
    existing === undefined || existing.kind === wanted ? [] : [make(`drop-${existing.kind}`, { relation })];
  return { operations: [holdsLease(make), ...drop, make(wanted, { relation, query })], merge: undefined };
}

/**
 * Brings staged rows into the table: columns it lacks are added, or the model fails; then one transaction. Throws
 * `MODEL_FAILED` when the columns do not allow it.
 */
export function mergeStatements(
  model: Model,
  target: ExistingRelation,
  staged: readonly NativeColumn[],
  settings: MaterializeSettings,
): readonly Statement[] {
  const make = statements(settings);
  const { relation, config } = model;
  const staging = { schema: relation.schema, name: `${MODEL_STAGING_PREFIX}${relation.name}` };
  const added = staged.filter((column) => !hasColumn(target.columns, column.name));
  if (added.length > 0 && config.onSchemaChange === 'fail') throw columnsChanged(model, added);
  const missing = config.uniqueKey.find((key) => !hasColumn(staged, key) || !hasColumn(target.columns, key));
  if (missing !== undefined) throw keyMissing(model, missing);
  const keys = new Set(config.uniqueKey.map(nameKey));
  const data = staged.map((column) => column.name).filter((name) => !keys.has(nameKey(name)));
  const context = {
    relation,
    staging,
    keys: config.uniqueKey,
    columns: staged.map((column) => column.name),
    data,
    updates: data.length > 0,
  };
  return [
    ...added.map(({ name, nativeType }) => make('add-column', { relation, name, nativeType })),
    ...settings.dialect.atomically([
      holdsLease(make),
      make('check-keys', context, uniqueRows(model)),
      make('merge', context),
    ]),
    make('drop-table', { relation: staging }),
  ];
}

/** Drops a staging table that a build which died has left behind. */
export function dropModelStaging(relation: TableName, settings: MaterializeSettings): Statement {
  return statements(settings)('drop-table', { relation });
}

type Make = (template: string, context: object, expect?: Expectation) => Statement;

function statements({ engine }: MaterializeSettings): Make {
  return (template, context, expect) => {
    const { sql, parameters } = engine.render(`model/${template}`, { ...context, ledger: LEDGER });
    return { kind: 'statement', sql, parameters, ...(expect === undefined ? {} : { expect }) };
  };
}

/** Reads only: builds that run side by side must not wait for each other over the lease's one row. */
function holdsLease(make: Make): Statement {
  return make(
    'holds-lease',
    {},
    {
      count: 'returned',
      rows: 1,
      otherwise: 'LEASE_LOST',
      message: 'Another run took over the lease of this schema.',
    },
  );
}

function uniqueRows({ name, config }: Model): Expectation {
  return {
    count: 'returned',
    rows: 0,
    otherwise: 'MODEL_FAILED',
    message: `The new rows of model ${name} have a key (${config.uniqueKey.join(', ')}) that is NULL or stands in several of them:`,
  };
}

function hasColumn(columns: readonly NativeColumn[], name: string): boolean {
  return columns.some((column) => nameKey(column.name) === nameKey(name));
}

function columnsChanged({ name, file }: Model, added: readonly NativeColumn[]): HeaploadError {
  const names = added.map((column) => column.name).join(', ');
  const message = `Model ${name} gives columns that its table lacks (${names}), and on_schema_change is fail.`;
  return new HeaploadError('MODEL_FAILED', message, {
    hint: 'Set on_schema_change="append_new_columns", or build it anew with --full-refresh.',
    place: { file },
  });
}

function keyMissing({ name, file }: Model, key: string): HeaploadError {
  return new HeaploadError(
    'MODEL_FAILED',
    `The query or the table of model ${name} has no column ${key}, which is in its unique_key.`,
    {
      hint: 'Add the column to the query or correct unique_key; --full-refresh builds the table anew.',
      place: { file },
    },
  );
}
