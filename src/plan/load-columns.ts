import type { AvroColumn } from '../avro/types.js';
import type { ColumnsConfig } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { nameKey } from '../schema/identifiers.js';
import { typeName } from '../schema/logical-types.js';
import type { Capabilities } from '../warehouse/contract.js';
import { checkColumnName, nameColumns } from './columns.js';
import { type KnownColumns, type RouteContext, routeColumn } from './route.js';
import { timestampConversion } from '../schema/conversions.js';
import { StagingLayout } from './staging.js';
import type { FinalColumn, Source } from './steps.js';

/** A good file of a load, as far as its columns matter. */
export interface FileHeader {
  /** Place in the load. */
  readonly index: number;
  readonly key: string;
  readonly columns: readonly AvroColumn[];
}

export interface ColumnPlan {
  readonly layout: StagingLayout;
  /** By place in the load: the header (one object for all files that share it) and its targets. */
  readonly files: ReadonlyMap<
    number,
    { readonly header: readonly AvroColumn[]; readonly targets: readonly number[] }
  >;
  /** Columns the table does not have yet, in order of first appearance. */
  readonly additions: readonly FinalColumn[];
  /** Staged values of `time` for the start date. */
  readonly timeSources: readonly Source[];
  /** Names that `columns.new_columns: ignore` leaves out. */
  readonly ignored: readonly string[];
}

export interface ColumnPlanInputs {
  readonly table: string;
  readonly keys: readonly string[];
  readonly config: ColumnsConfig;
  readonly capabilities: Capabilities;
  /** Columns the table has; undefined: there is no table yet. */
  readonly existing: KnownColumns | undefined;
  /** Stage `time` whatever the selection says. */
  readonly filterByTime: boolean;
}

interface Routed {
  readonly header: readonly AvroColumn[];
  readonly targets: readonly number[];
  /** Columns whose values this header sends elsewhere. */
  readonly diverted: readonly FinalColumn[];
}

/** Routes every column of every file of a load; throws the first reason why the load cannot be carried out. */
export function planColumns(files: readonly FileHeader[], inputs: ColumnPlanInputs): ColumnPlan {
  const known = new Map(inputs.existing ?? []);
  const work: Work = {
    inputs,
    known,
    layout: new StagingLayout(),
    additions: [],
    timeSources: new Map(),
    ignored: new Set(),
  };
  const bySignature = new Map<string, Routed>();
  /** Files of one schema have one object: then nothing needs to be spelled. */
  const byColumns = new Map<readonly AvroColumn[], Routed>();
  const planned = new Map<number, { header: readonly AvroColumn[]; targets: readonly number[] }>();
  for (const file of files) {
    let routed = byColumns.get(file.columns);
    if (routed === undefined) {
      const signature = signatureOf(file.columns);
      routed = bySignature.get(signature) ?? placed(file, () => routeHeader(file, work));
      bySignature.set(signature, routed);
      byColumns.set(file.columns, routed);
    }
    for (const column of routed.diverted) work.layout.keep(column, file.index);
    planned.set(file.index, { header: routed.header, targets: routed.targets });
  }
  return {
    layout: work.layout,
    files: planned,
    additions: work.additions,
    timeSources: [...work.timeSources.values()],
    ignored: [...work.ignored],
  };
}

/** The same for headers that say the same. */
function signatureOf(columns: readonly AvroColumn[]): string {
  return JSON.stringify(columns.map(({ name, type }) => [name, typeName(type)]));
}

/** Whatever stops a header stops it in this file. */
function placed<T>(file: FileHeader, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof HeaploadError ? error.at({ file: file.key }) : error;
  }
}

interface Work {
  readonly inputs: ColumnPlanInputs;
  readonly known: Map<string, KnownColumns extends ReadonlyMap<string, infer V> ? V : never>;
  readonly layout: StagingLayout;
  readonly additions: FinalColumn[];
  readonly timeSources: Map<string, Source>;
  readonly ignored: Set<string>;
}

function routeHeader(file: FileHeader, work: Work): Routed {
  const { inputs, layout } = work;
  const { table, keys, config, capabilities } = inputs;
  const { storedCase } = capabilities;
  const context: RouteContext = { table, config, keys: new Set(keys.map(nameKey)), storedCase };
  const named = nameColumns(file.columns, table, keys, config, capabilities);
  requireKeys(file, new Set(named.map((column) => nameKey(column.name))), inputs);
  const diverted: FinalColumn[] = [];
  const targets = named.map((column) => {
    const type = column.column.type;
    const isTime = inputs.filterByTime && nameKey(column.name) === 'time';
    let place = -1;
    if (column.selected && isLoaded(column.name, work)) {
      const route = routeColumn(column, work.known, context);
      if (route.isNew) addColumn(route.column, work);
      else
        work.known.set(nameKey(route.column.name), {
          ...route.column,
          nativeType: typeName(route.column.type),
        });
      if (route.divertedFrom !== undefined) diverted.push(route.divertedFrom);
      place = layout.place(route.column.name, type);
      layout.assign(route.column, place, route.conversion);
    }
    if (isTime) {
      if (place === -1) place = layout.place(column.name, type);
      const source = layout.source(place, timestampConversion(type));
      work.timeSources.set(source.staged, source);
    }
    return place;
  });
  return { header: file.columns, targets, diverted };
}

/** False for a column that is new to a table that exists, under `new_columns: ignore`. */
function isLoaded(name: string, work: Work): boolean {
  const { existing, config, table } = work.inputs;
  if (existing === undefined || work.known.has(nameKey(name)) || config.newColumns === 'add') return true;
  if (config.newColumns === 'fail') {
    throw new HeaploadError(
      'NEW_COLUMN',
      `Column ${name} of ${table} is new and columns.new_columns is fail.`,
      {
        hint: `Leave it out with columns.exclude: { ${table}: [${JSON.stringify(name)}] }, or set columns.new_columns: add.`,
      },
    );
  }
  work.ignored.add(name);
  return false;
}

function addColumn(column: FinalColumn, work: Work): void {
  const { table, capabilities } = work.inputs;
  checkColumnName(table, column.name, capabilities);
  work.additions.push(column);
  work.known.set(nameKey(column.name), { ...column, nativeType: typeName(column.type) });
  if (work.known.size > capabilities.maxColumns) {
    const message = `Table ${table} would have more than ${capabilities.maxColumns} columns.`;
    throw new HeaploadError('NAME_INVALID', message, { hint: 'Leave columns out under columns.exclude.' });
  }
}

function requireKeys(file: FileHeader, present: ReadonlySet<string>, inputs: ColumnPlanInputs): void {
  const missing = inputs.keys.filter((key) => !present.has(nameKey(key)));
  if (missing.length === 0) return;
  const plural = missing.length > 1 ? 's' : '';
  throw new HeaploadError('KEY_MISSING', `The file has no key column${plural} ${missing.join(', ')}.`, {
    place: { file: file.key },
    hint: `Name the table's key under tables.keys: { ${inputs.table}: [...] }, or have the export corrected.`,
  });
}

/** For notes: names in the manifest that no header has, and the other way round. */
export function manifestDifference(
  manifestColumns: readonly string[] | undefined,
  files: readonly FileHeader[],
): string | undefined {
  if (manifestColumns === undefined || files.length === 0) return undefined;
  const listed = new Map(manifestColumns.map((name) => [nameKey(name), name]));
  const found = new Map(
    [...new Set(files.map(({ columns }) => columns))].flat().map(({ name }) => [nameKey(name), name]),
  );
  const onlyListed = [...listed].filter(([key]) => !found.has(key)).map(([, name]) => name);
  const onlyFound = [...found].filter(([key]) => !listed.has(key)).map(([, name]) => name);
  const parts = [
    ...(onlyListed.length > 0 ? [`only the manifest has ${onlyListed.join(', ')}`] : []),
    ...(onlyFound.length > 0 ? [`only the files have ${onlyFound.join(', ')}`] : []),
  ];
  return parts.length === 0
    ? undefined
    : `manifest and Avro headers disagree: ${parts.join('; ')}; the headers rule`;
}
