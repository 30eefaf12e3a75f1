import * as fc from 'fast-check';
import type { AvroRecordSchema, DumpSpec, FileSpec } from './dump-writer.js';
import {
  type Cell,
  type Encoding,
  LONG_KEY,
  PROPERTY_ENCODINGS,
  STRING_KEY,
  TIME_ENCODINGS,
  cellsOf,
} from './generate/encodings.js';
import type { ModelConfig, ModelDump, ModelFile } from './model.js';

/** A history of dumps, written and as the model takes it, and the runs that follow it. */
export interface Scenario {
  /** For the dump writer; the same dumps as {@link dumps}, in the same order. */
  readonly specs: readonly DumpSpec[];
  readonly dumps: readonly ModelDump[];
  readonly config: ModelConfig;
  /** For every run the ids of the dumps whose manifests it sees; each sees what the one before saw, and maybe more. */
  readonly runs: readonly (readonly bigint[])[];
}

interface GeneratedTable {
  readonly name: string;
  readonly incremental: boolean;
  readonly files: readonly { readonly spec: FileSpec; readonly model: ModelFile }[];
}

interface GeneratedColumn {
  readonly name: string;
  readonly encoding: Encoding;
  readonly nullAt: 'first' | 'last' | 'nowhere';
}

/** What all files of a table have in common. */
interface TableShape {
  readonly name: string;
  readonly keys: readonly (readonly [string, Encoding])[];
  /** How each property is mostly written. */
  readonly properties: readonly Encoding[];
}

const PROPERTIES = ['plan', 'seats', 'note'];
const KEYS = { page_view: ['user_id', 'event_id'] };
/** 2024-02-29T23:59:59.5Z: among the generated times, so that some lie on the bound, some before, some after. */
const START_DATE = 1_709_251_199_500_000n;

/**
 * Small histories (up to 6 dumps of 3 tables of 3 files of 6 rows) with gaps in the ids, growing schemas, full
 * resyncs, empty loads and files, duplicates, NULL keys, types that flip, times in every encoding, composite keys,
 * columns missing from some files, names that differ in case. No load of them can fail.
 */
export function scenarios(): fc.Arbitrary<Scenario> {
  return fc.record({ shapes: shapes(), ids: dumpIds(), config: configs() }).chain(({ shapes, ids, config }) =>
    fc
      .record({
        dumps: fc.tuple(...ids.map(() => dumpTables(shapes))),
        runs: runsOf(ids),
      })
      .map(({ dumps, runs }) => ({
        specs: dumps.map((tables, index) => specOf(ids[index] ?? 0n, tables)),
        dumps: dumps.map((tables, index) => modelOf(ids[index] ?? 0n, tables)),
        config,
        runs,
      })),
  );
}

/** How dumps are spread over runs: mostly in order of their ids, sometimes late; sometimes a last run sees nothing new. */
export function runsOf(ids: readonly bigint[]): fc.Arbitrary<readonly (readonly bigint[])[]> {
  return fc
    .record({
      arrivals: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: ids.length, maxLength: ids.length }),
      inOrder: fc.integer({ min: 0, max: 2 }).map((n) => n > 0),
      again: fc.boolean(),
    })
    .map(({ arrivals, inOrder, again }) => {
      const ordered = inOrder ? arrivals.toSorted((a, b) => a - b) : arrivals;
      const moments = [...new Set(ordered)].toSorted((a, b) => a - b);
      const runs = moments.map((moment) => ids.filter((_, index) => (ordered[index] ?? 0) <= moment));
      return again ? [...runs, [...ids]] : runs;
    });
}

/** Ascending, with gaps, and often of different lengths. */
function dumpIds(): fc.Arbitrary<readonly bigint[]> {
  const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 });
  return fc.tuple(fc.constantFrom(7n, 97n, 996n, 2n ** 53n - 2n), gaps).map(([first, steps]) => {
    let id = first;
    return steps.map((step) => (id += BigInt(step)));
  });
}

function shapes(): fc.Arbitrary<readonly TableShape[]> {
  const properties = fc.tuple(...PROPERTIES.map(() => fc.constantFrom(...PROPERTY_ENCODINGS)));
  const shape = (name: string, keys: TableShape['keys']): fc.Arbitrary<TableShape> =>
    properties.map((encodings) => ({ name, keys, properties: encodings }));
  return fc
    .tuple(
      shape('users', [['user_id', LONG_KEY]]),
      shape('click', [['event_id', LONG_KEY]]),
      shape('page_view', [
        ['user_id', LONG_KEY],
        ['event_id', STRING_KEY],
      ]),
    )
    .chain((all) => fc.subarray(all, { minLength: 1 }));
}

function configs(): fc.Arbitrary<ModelConfig> {
  const rarely = <T>(value: T): fc.Arbitrary<T | undefined> =>
    fc.constantFrom(value, undefined, undefined, undefined);
  return fc
    .record({
      time: fc.constantFrom<ModelConfig>(
        {},
        {},
        { startDate: START_DATE },
        { timestamps: { columns: [], as: 'raw' } },
      ),
      newColumns: rarely('ignore' as const),
      excluded: rarely('note'),
    })
    .map(({ time, newColumns, excluded }) => ({
      keys: KEYS,
      ...time,
      ...(newColumns === undefined ? {} : { newColumns }),
      ...(excluded === undefined ? {} : { excludeColumns: { '*': [excluded] } }),
    }));
}

function dumpTables(shapes: readonly TableShape[]): fc.Arbitrary<readonly GeneratedTable[]> {
  return fc
    .tuple(...shapes.map((shape) => fc.option(table(shape), { freq: 5 })))
    .map((tables) => tables.filter((entry) => entry !== null));
}

function table(shape: TableShape): fc.Arbitrary<GeneratedTable> {
  return fc.record({
    name: fc.constant(shape.name),
    incremental: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    files: fc.array(file(shape), { maxLength: 3 }),
  });
}

function file(shape: TableShape): fc.Arbitrary<GeneratedTable['files'][number]> {
  return columns(shape).chain((header) =>
    fc
      .record({
        rows: fc.array(fc.tuple(...header.map((column) => cellsOf(column.encoding))), { maxLength: 6 }),
        codec: fc.constantFrom('snappy', 'snappy', 'deflate', 'null', 'zstandard'),
        rowsPerBlock: fc.integer({ min: 1, max: 4 }),
      })
      .map(({ rows, codec, rowsPerBlock }) => ({
        spec: {
          schema: schemaOf(header, rows),
          rows: rows.map((row) => recordOf(header, row)),
          codec,
          rowsPerBlock,
        },
        model: {
          columns: header.map(({ name, encoding }) => ({ name, type: encoding.type })),
          rows: rows.map((row) => row.map((cell) => cell.value)),
        },
      })),
  );
}

/** Keys always; `time` and the properties mostly, in any order, each mostly written as elsewhere in the table. */
function columns(shape: TableShape): fc.Arbitrary<readonly GeneratedColumn[]> {
  const nullAt = fc.constantFrom('first', 'last', 'nowhere');
  const column = (
    names: readonly string[],
    encoding: fc.Arbitrary<Encoding>,
  ): fc.Arbitrary<GeneratedColumn> => fc.record({ name: fc.constantFrom(...names), encoding, nullAt });
  const keys = shape.keys.map(([name, encoding]) => column([name], fc.constant(encoding)));
  const time = column(['time'], fc.constantFrom(...TIME_ENCODINGS));
  const properties = PROPERTIES.map((name, index) => {
    const usual = fc.constantFrom(...shape.properties.slice(index, index + 1));
    const other = fc.constantFrom(...PROPERTY_ENCODINGS);
    const names = [name, name, name, name.toUpperCase()];
    return column(names, fc.oneof({ weight: 3, arbitrary: usual }, { weight: 1, arbitrary: other }));
  });
  const optional = [time, ...properties].map((entry) => fc.option(entry, { freq: 4 }));
  return fc
    .tuple(fc.tuple(...keys), fc.tuple(...optional))
    .map(([first, rest]) => [...first, ...rest.filter((entry) => entry !== null)])
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));
}

function schemaOf(header: readonly GeneratedColumn[], rows: readonly (readonly Cell[])[]): AvroRecordSchema {
  const fields = header.map(({ name, encoding, nullAt }, index) => {
    const branches = encoding.branches(name);
    const hasNull = rows.some((row) => row[index]?.value === null);
    if (nullAt === 'nowhere' && !hasNull)
      return { name, type: branches.length === 1 ? branches[0] : branches };
    return { name, type: nullAt === 'last' ? [...branches, 'null'] : ['null', ...branches] };
  });
  return { type: 'record', name: 'topLevelRecord', fields };
}

function recordOf(
  header: readonly GeneratedColumn[],
  row: readonly Cell[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(header.map(({ name }, index) => [name, row[index]?.avro]));
}

function specOf(dumpId: bigint, tables: readonly GeneratedTable[]): DumpSpec {
  return {
    dumpId,
    tables: tables.map((entry) => ({ ...entry, files: entry.files.map((part) => part.spec) })),
  };
}

function modelOf(id: bigint, tables: readonly GeneratedTable[]): ModelDump {
  return { id, tables: tables.map((entry) => ({ ...entry, files: entry.files.map((part) => part.model) })) };
}
