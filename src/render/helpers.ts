import type { Conversion } from '../schema/conversions.js';
import type { LogicalType, TypeKind } from '../schema/logical-types.js';
import type { Dialect, FileStage, LiteralValue, ParameterName, TableName } from '../warehouse/contract.js';
import type { EngineUse, InlineHelper } from './engine.js';

/** How a staged value of each type is shown in the rejects. */
const AS_TEXT: Readonly<Record<TypeKind, string>> = {
  string: 'keep',
  int64: 'int64-to-string',
  float64: 'float64-to-string',
  bool: 'bool-to-string',
  decimal: 'decimal-to-string',
  date: 'date-to-string',
  timestamp: 'timestamp-to-string',
  bytes: 'bytes-to-text',
  json: 'json-to-text',
};

const TYPES: Readonly<Record<'string' | 'timestamp' | 'float64' | 'int64', LogicalType>> = {
  string: { kind: 'string' },
  timestamp: { kind: 'timestamp' },
  float64: { kind: 'float64' },
  int64: { kind: 'int64' },
};

const ALIASES: ReadonlySet<string> = new Set(['source', 'ranked', 'target', 'typed']);

interface StagedSource {
  readonly staged: string;
  readonly from: LogicalType;
  readonly to: LogicalType;
  readonly conversion: Conversion;
}

/** How a dialect writes names, values and types: the helpers that templates of statements and of models share. */
export function spellingHelpers(
  dialect: Dialect,
): Readonly<Record<'ident' | 'literal' | 'type', InlineHelper>> {
  return {
    ident: ([name]) => dialect.quoteIdentifier(text('ident', name)),
    literal: ([value]) => dialect.literal(literalValue(value)),
    type: ([type]) => dialect.columnType(logicalType(type)),
  };
}

/**
 * The helpers every value of a template goes through. Injection safety rests on `ident`, `table`, `relation`,
 * `literal`, `type` and `stored`; each checks its argument's type and hands it to the dialect.
 */
export function sqlHelpers(
  dialect: Dialect,
  schema: string,
  use: EngineUse,
): Readonly<Record<string, InlineHelper>> {
  const source = (value: unknown): StagedSource => {
    if (typeof value !== 'object' || value === null || !('staged' in value))
      throw new Error('not a staged source');
    return value as StagedSource;
  };
  return {
    ...spellingHelpers(dialect),
    table: ([name]) => dialect.quoteTable({ schema, name: text('table', name) }),
    /** A table or view of any schema. */
    relation: ([value]) => dialect.quoteTable(tableName(value)),
    /** SQL that was made elsewhere: the query of a model, or a native type as the catalog spells it. */
    sql: ([value]) => text('sql', value),
    /** The type in the declaration of a column that lasts. */
    stored: ([type]) => dialect.storedType(logicalType(type)),
    typeNamed: ([kind]) => dialect.columnType(TYPES[text('typeNamed', kind) as keyof typeof TYPES]),
    param: ([name]) => {
      const parameter = text('param', name) as ParameterName;
      use.noteParameter(parameter);
      return dialect.parameter(parameter);
    },
    /** A whole number of seconds inside an interval. */
    seconds: ([count]) => {
      if (typeof count !== 'number' || !Number.isSafeInteger(count))
        throw new Error('seconds: not a whole number');
      return String(count);
    },
    /**
     * One of the fixed table aliases of our templates. They carry the reserved prefix because BigQuery would take
     * a plain `target` for a user's column of that name.
     */
    alias: ([name]) => {
      if (typeof name !== 'string' || !ALIASES.has(name)) throw new Error(`alias: unknown: ${String(name)}`);
      return `_heapload_${name}`;
    },
    convert: ([value]) => use.expand(`convert/${source(value).conversion}`, source(value)),
    /** True for values that are there but are not what their column means by nothing ('' and 0 of a timestamp). */
    refused: ([value]) => use.expand(`refused/${source(value).conversion}`, source(value)),
    /** The file stage itself, and a folder of it. */
    fileStage: ([of]) => fileStage(dialect).name(text('fileStage', of)),
    location: ([folder]) => {
      if (typeof folder !== 'string') throw new Error('location: not a folder');
      return fileStage(dialect).location(schema, folder);
    },
    /** A field of an Avro record in a path: names there are plain. */
    field: ([name]) => {
      const plain = text('field', name);
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(plain)) throw new Error('field: not a name of Avro');
      return `"${plain}"`;
    },
    /** A field of a staged file as a value of its staged column. */
    unpack: ([value]) => use.expand(`unpack/${unpacked(value).type.kind}`, unpacked(value)),
    show: ([value]) => use.expand(`convert/${AS_TEXT[source(value).from.kind]}`, source(value)),
  };
}

interface Unpacked {
  readonly field: string;
  readonly type: LogicalType;
}

function unpacked(value: unknown): Unpacked {
  if (typeof value !== 'object' || value === null || !('field' in value))
    throw new Error('unpack: not a field of a file');
  return value as Unpacked;
}

function fileStage(dialect: Dialect): FileStage {
  if (dialect.fileStage === undefined) throw new Error(`${dialect.name} has no file stage`);
  return dialect.fileStage;
}

function text(helper: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${helper}: not a name: ${typeof value}`);
  return value;
}

function tableName(value: unknown): TableName {
  if (typeof value !== 'object' || value === null || !('schema' in value) || !('name' in value))
    throw new Error('relation: not a relation');
  return { schema: text('relation', value.schema), name: text('relation', value.name) };
}

function literalValue(value: unknown): LiteralValue {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    default:
      if (value === null) return null;
  }
  throw new Error(`literal: cannot write ${typeof value}`);
}

function logicalType(value: unknown): LogicalType {
  if (typeof value !== 'object' || value === null || !('kind' in value))
    throw new Error('type: not a logical type');
  return value as LogicalType;
}
