import type { ErrorCode } from '../errors.js';
import { LEDGER } from '../plan/ledger.js';
import type { ColumnDefinition, Publish } from '../plan/steps.js';
import { STAGED_FILE_COLUMN, STAGED_PLACE_COLUMN, STAGED_ROW_COLUMN } from '../schema/identifiers.js';
import { INT64 } from '../schema/logical-types.js';
import type { Dialect, Expectation, Statement } from '../warehouse/contract.js';
import { fileContexts } from './contexts.js';
import type { Engine } from './engine.js';

export interface RenderSettings {
  readonly dialect: Dialect;
  readonly schema: string;
  /** `name:` of the configuration. */
  readonly runName: string;
  /** Of heapload. */
  readonly version: string;
}

/** A lease nobody renewed for so long may be taken over; every load and publish renews it. */
export const LEASE_SECONDS = 900;

export type Make = (template: string, context: object, expect?: Expectation) => Statement;

export function statementMaker(engine: Engine, settings: Pick<RenderSettings, 'schema'>): Make {
  const common = { ledger: LEDGER, leaseSeconds: LEASE_SECONDS, schema: settings.schema };
  return (template, context, expect) => {
    const { sql, parameters } = engine.render(template, { ...common, ...context });
    return { kind: 'statement', sql, parameters, ...(expect === undefined ? {} : { expect }) };
  };
}

/** A statement that has to change so many rows. */
export function changed(rows: number, otherwise: ErrorCode, message: string): Expectation {
  return { count: 'changed', rows, otherwise, message };
}

export function fenceStatement(make: Make): Statement {
  return make('fence', {}, changed(1, 'LEASE_LOST', 'Another run took over the lease of this schema.'));
}

/** A statement that changes a table: of one with partitions, as many at a time as the warehouse allows. */
export function byParts(
  template: string,
  partitionedBy: string | undefined,
  render: (template: string) => Statement,
): Statement {
  const statement = render(template);
  return partitionedBy === undefined ? statement : { ...statement, forEach: render(`parts/${template}`).sql };
}

/** An empty table, in place of one that an earlier try has left. */
export function createStaging(
  name: string,
  columns: readonly ColumnDefinition[],
  make: Make,
  { dialect }: RenderSettings,
): Statement {
  return make('create-staging', { name, columns, expiryHours: dialect.capabilities.stagingExpiryHours ?? 0 });
}

/** The columns of heapload's own that staging tables begin with. */
export function stagedColumns(places: boolean): readonly ColumnDefinition[] {
  const names = [STAGED_FILE_COLUMN, STAGED_ROW_COLUMN, ...(places ? [STAGED_PLACE_COLUMN] : [])];
  return names.map((name) => ({ name, type: INT64 }));
}

/** Rows in as many parts as the dialect's longest INSERT asks for. */
export function chunks<T>(items: readonly T[], settings: RenderSettings): readonly (readonly T[])[] {
  const size = settings.dialect.capabilities.maxInsertRows;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}

/** A load's rows for the ledger's files, into that table or a list beside it. */
export function recordFiles(
  publish: Publish,
  into: string,
  make: Make,
  settings: RenderSettings,
): readonly Statement[] {
  return chunks(fileContexts(publish), settings).map((files) => make('record-files', { into, files }));
}
