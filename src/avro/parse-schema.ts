import type { AvroField, AvroType, LogicalAnnotation, PrimitiveType, RecordType } from './avro-type.js';
import { Malformed } from './problem.js';

type Json = Readonly<Record<string, unknown>>;

interface Scope {
  /** Full name → type, of everything defined so far. */
  readonly names: Map<string, AvroType>;
  readonly namespace: string;
  readonly depth: number;
}

const PRIMITIVES: ReadonlySet<string> = new Set<PrimitiveType['kind']>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);
const MAX_DEPTH = 200;
/** A wider decimal would let a few bytes ask for text without end. */
const MAX_DECIMAL_DIGITS = 10_000;

/**
 * The schema text of a header. Defaults, aliases, orders and docs play no part in reading and are not looked at,
 * so that what other writers got wrong there does no harm. Throws {@link Malformed}.
 */
export function parseSchema(text: string): RecordType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Malformed(`the schema is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const type = parseType(json, { names: new Map(), namespace: '', depth: 0 });
  if (type.kind !== 'record') throw new Malformed(`the schema is of type ${type.kind}, not a record`);
  return type;
}

function parseType(json: unknown, scope: Scope): AvroType {
  if (scope.depth > MAX_DEPTH) throw new Malformed(`the schema is nested more than ${MAX_DEPTH} levels deep`);
  const inner = { ...scope, depth: scope.depth + 1 };
  if (typeof json === 'string') return typeNamed(json, scope);
  if (Array.isArray(json)) return parseUnion(json, inner);
  if (!isObject(json)) throw new Malformed(`the schema has ${JSON.stringify(json)} where a type should be`);
  const kind = json['type'];
  switch (kind) {
    case 'record':
    case 'error':
      return parseRecord(json, inner);
    case 'enum':
      return define(json, inner, { kind, symbols: symbolsOf(json) });
    case 'fixed':
      return define(json, inner, fixedOf(json));
    case 'array':
      return { kind, items: parseType(json['items'], inner) };
    case 'map':
      return { kind, values: parseType(json['values'], inner) };
    default: {
      const type = parseType(kind, inner);
      return typeof kind === 'string' && PRIMITIVES.has(kind) ? annotated(type as PrimitiveType, json) : type;
    }
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeNamed(name: string, scope: Scope): AvroType {
  if (PRIMITIVES.has(name)) return { kind: name as PrimitiveType['kind'] };
  const known = scope.names.get(fullName(name, scope.namespace)) ?? scope.names.get(name);
  if (known === undefined) throw new Malformed(`the schema uses the type "${name}" without defining it`);
  return known;
}

function fullName(name: string, namespace: string): string {
  if (name.includes('.')) return name.replace(/^\./, '');
  return namespace === '' ? name : `${namespace}.${name}`;
}

function nameOf(json: Json, scope: Scope): string {
  const { name, namespace } = json;
  if (typeof name !== 'string' || name === '')
    throw new Malformed(`the schema has a type ${String(json['type'])} without a name`);
  return fullName(name, typeof namespace === 'string' ? namespace : scope.namespace);
}

function define<T extends AvroType>(json: Json, scope: Scope, type: T): T {
  const name = nameOf(json, scope);
  if (scope.names.has(name)) throw new Malformed(`the schema defines the type "${name}" twice`);
  scope.names.set(name, type);
  return type;
}

function parseRecord(json: Json, scope: Scope): RecordType {
  const name = nameOf(json, scope);
  const fields: AvroField[] = [];
  const record = define(json, scope, { kind: 'record', name, fields } as const);
  const written = json['fields'];
  if (!Array.isArray(written))
    throw new Malformed(`the record "${name}" of the schema has no list of fields`);
  const within = { ...scope, namespace: name.slice(0, Math.max(0, name.lastIndexOf('.'))) };
  const seen = new Set<string>();
  for (const field of written as readonly unknown[]) {
    if (!isObject(field) || typeof field['name'] !== 'string' || field['name'] === '')
      throw new Malformed(`a field of the record "${name}" of the schema has no name`);
    if (seen.has(field['name']))
      throw new Malformed(`the record "${name}" of the schema has two fields "${field['name']}"`);
    seen.add(field['name']);
    fields.push({ name: field['name'], type: parseType(field['type'], within) });
  }
  return record;
}

function parseUnion(json: readonly unknown[], scope: Scope): AvroType {
  const branches = json.map((branch) => parseType(branch, scope));
  if (branches.length === 0) throw new Malformed('the schema has a union without branches');
  if (branches.some((branch) => branch.kind === 'union'))
    throw new Malformed('the schema has a union directly inside a union');
  return { kind: 'union', branches };
}

function symbolsOf(json: Json): readonly string[] {
  const { symbols } = json;
  if (!Array.isArray(symbols) || !symbols.every((symbol) => typeof symbol === 'string'))
    throw new Malformed(`the enum "${String(json['name'])}" of the schema has no list of symbols`);
  return symbols;
}

function fixedOf(json: Json): AvroType {
  const { size } = json;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new Malformed(`the fixed "${String(json['name'])}" of the schema has no valid size`);
  // 10^(digits) has to fit into size bytes of two's complement.
  const digits = Math.floor((8 * size - 1) * Math.log10(2));
  const logical = decimalOf(json, digits);
  return { kind: 'fixed', size, ...(logical === undefined ? {} : { logical }) };
}

function annotated(type: PrimitiveType, json: Json): PrimitiveType {
  const logical = annotationOf(type.kind, json);
  return logical === undefined ? type : { ...type, logical };
}

/** As Avro demands, an annotation that does not fit its type is ignored. */
function annotationOf(kind: PrimitiveType['kind'], json: Json): LogicalAnnotation | undefined {
  const name = json['logicalType'];
  if (kind === 'int' && name === 'date') return { kind: 'date' };
  if (kind === 'bytes') return decimalOf(json, Infinity);
  if (kind !== 'long') return undefined;
  if (name === 'timestamp-millis' || name === 'local-timestamp-millis')
    return { kind: 'timestamp', unit: 'millis' };
  if (name === 'timestamp-micros' || name === 'local-timestamp-micros')
    return { kind: 'timestamp', unit: 'micros' };
  return undefined;
}

function decimalOf(json: Json, mostDigits: number): LogicalAnnotation | undefined {
  const { logicalType, precision, scale = 0 } = json;
  if (logicalType !== 'decimal') return undefined;
  if (typeof precision !== 'number' || !Number.isInteger(precision) || precision < 1) return undefined;
  if (typeof scale !== 'number' || !Number.isInteger(scale) || scale < 0 || scale > precision)
    return undefined;
  if (precision > mostDigits) return undefined;
  if (precision > MAX_DECIMAL_DIGITS)
    throw new Malformed(
      `the schema has a decimal of ${precision} digits; at most ${MAX_DECIMAL_DIGITS} are read`,
    );
  return { kind: 'decimal', precision, scale };
}
