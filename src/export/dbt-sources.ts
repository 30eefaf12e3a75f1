import { stringify } from 'yaml';
import { columnDescription, tableDescription } from '../models/shipped/descriptions.js';
import type { LoadedTable, ModelProperties, TestSpec } from '../models/types.js';
import { LEDGER } from '../plan/ledger.js';
import { DUMP_ID_COLUMN, nameKey } from '../schema/identifiers.js';
import { INT64, type LogicalType, STRING } from '../schema/logical-types.js';
import type { Dialect, TableName } from '../warehouse/contract.js';

/** A relation that heapload has built of the loaded tables. */
export interface BuiltRelation {
  readonly relation: TableName;
  readonly properties: ModelProperties;
}

export interface DbtSourcesInputs {
  readonly dialect: Dialect;
  /** `warehouse.schema`. */
  readonly schema: string;
  /** Sorted by name. */
  readonly tables: readonly LoadedTable[];
  /** Shipped models that stand in the warehouse. */
  readonly built: readonly BuiltRelation[];
}

/** First line of what is written; a file that begins so may be written anew. */
export const DBT_SOURCES_MARK =
  '# Written by heapload export dbt; changes are lost when it is written again.';

/** Hours without a load after which dbt warns, and fails: a day and a half for nightly dumps, and twice that. */
const FRESHNESS = {
  warn_after: { count: 36, period: 'hour' },
  error_after: { count: 72, period: 'hour' },
} as const;

/** `sources.yml` for dbt 1.10 or newer, over the loaded tables and what heapload builds of them. Pure. */
export function dbtSources(inputs: DbtSourcesInputs): string {
  const { schema, tables, built } = inputs;
  const loaded = {
    name: schema,
    schema,
    description: 'Tables loaded by heapload from the dumps of Heap Connect.',
    tables: tables.map((table) => loadedTable(table, inputs)),
  };
  const schemas = [...new Set(built.map(({ relation }) => relation.schema))].sort();
  const others = schemas.map((name) => ({
    name,
    schema: name,
    description: 'What heapload builds of them.',
    tables: built
      .filter(({ relation }) => relation.schema === name)
      .map((each) => builtTable(each, inputs.dialect)),
  }));
  return `${DBT_SOURCES_MARK}\n${stringify({ version: 2, sources: [loaded, ...others] }, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

function loadedTable(table: LoadedTable, { dialect, schema }: DbtSourcesInputs): object {
  const keys = new Set(table.keys.map(nameKey));
  const [source = table.name] = table.sourceTables;
  const tests = (name: string): readonly string[] => {
    if (!keys.has(nameKey(name))) return [];
    return keys.size === 1 ? ['unique', 'not_null'] : ['not_null'];
  };
  const own = { name: DUMP_ID_COLUMN, type: INT64 };
  return {
    ...nameOf(table.name, dialect),
    description: tableDescription(source),
    config: { freshness: FRESHNESS, loaded_at_query: loadedAtQuery(table.name, schema, dialect) },
    ...(keys.size > 1 ? { data_tests: [uniqueTogether(table.keys, dialect)] } : {}),
    columns: [...table.columns, own].map(({ name, type }) =>
      column({ name, type, description: columnDescription(name), tests: tests(name) }, dialect),
    ),
  };
}

/** When the ledger last saw a load of the table, with files or without. */
function loadedAtQuery(table: string, schema: string, dialect: Dialect): string {
  const ident = (name: string): string => dialect.quoteIdentifier(name);
  const loads = dialect.quoteTable({ schema, name: LEDGER.loads });
  return `SELECT max(${ident('finished_at')}) FROM ${loads} WHERE ${ident('table_name')} = ${dialect.literal(table)} AND ${ident('status')} IN ('loaded', 'nothing')`;
}

function builtTable({ relation, properties }: BuiltRelation, dialect: Dialect): object {
  const testsOf = (name: string): readonly object[] =>
    properties.tests.flatMap((test) => (testedColumn(test) === nameKey(name) ? [dbtTest(test)] : []));
  const together = properties.tests.flatMap((test) =>
    test.kind === 'unique' && test.columns.length > 1 ? [uniqueTogether(test.columns, dialect)] : [],
  );
  return {
    ...nameOf(relation.name, dialect),
    description: properties.description,
    ...(together.length > 0 ? { data_tests: together } : {}),
    columns: properties.columns.map(({ name, description }) =>
      column({ name, type: undefined, description, tests: testsOf(name) }, dialect),
    ),
  };
}

/** The one column a test is about; undefined: several. */
function testedColumn(test: TestSpec): string | undefined {
  if (test.kind !== 'unique') return nameKey(test.column);
  return test.columns.length === 1 ? nameKey(test.columns[0] ?? '') : undefined;
}

function dbtTest(test: TestSpec): object {
  const config = { config: { severity: test.severity } };
  if (test.kind !== 'accepted_values') return { [test.kind]: config };
  // Values that are no text must not be put in quotes.
  const quote = test.values.every((value) => typeof value === 'string');
  return { accepted_values: { arguments: { values: test.values, quote }, ...config } };
}

/** dbt's own test of uniqueness takes one expression. */
function uniqueTogether(columns: readonly string[], dialect: Dialect): object {
  const text = dialect.columnType(STRING);
  const parts = columns.map((name) => `CAST(${dialect.quoteIdentifier(name)} AS ${text})`);
  return { unique: { arguments: { column_name: parts.join(" || ' ' || ") } } };
}

/** Where names are stored in upper case dbt finds them so, whatever is in them. */
function nameOf(name: string, { capabilities }: Dialect): object {
  return capabilities.storedCase === 'upper'
    ? { name, identifier: upper(name), quoting: { identifier: true } }
    : { name, quoting: { identifier: true } };
}

interface ExportedColumn {
  readonly name: string;
  readonly type: LogicalType | undefined;
  readonly description: string;
  readonly tests: readonly (string | object)[];
}

function column({ name, type, description, tests }: ExportedColumn, dialect: Dialect): object {
  return {
    name: dialect.capabilities.storedCase === 'upper' ? upper(name) : name,
    quote: true,
    ...(type === undefined ? {} : { data_type: dialect.columnType(type) }),
    ...(description === '' ? {} : { description }),
    ...(tests.length === 0 ? {} : { data_tests: tests }),
  };
}

function upper(name: string): string {
  return name.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}
