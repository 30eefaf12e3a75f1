import { type Call, type GrpcError, startAnalyzerServer } from './server.js';

/** A type of GoogleSQL; parameters of NUMERIC play no part in analysis. */
export interface SqlType {
  readonly name: keyof typeof TYPE_KINDS;
  readonly repeated?: boolean;
}

export interface SqlTable {
  /** Dataset and table; a view of a catalog has one part more. */
  readonly path: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
}

/**
 * What a statement may refer to. Names of parameters and variables are in lower case; those of the columns of a loop's
 * variable have its name before them, as in `part.first_day`.
 */
export interface Names {
  readonly tables: readonly SqlTable[];
  readonly parameters: ReadonlyMap<string, SqlType>;
  readonly variables: ReadonlyMap<string, SqlType>;
}

export interface Analyzer {
  /**
   * Resolves every name and type of one statement; gives the columns of a query. Throws {@link AnalysisError} for what the
   * service would refuse.
   */
  analyze(sql: string, names: Names): Promise<SqlTable['columns']>;
  /** The statements of a script, split by the parser. */
  split(script: string): Promise<readonly string[]>;
  stop(): void;
}

/** What the analyzer says of wrong SQL, with the place as `[at line:column]`. */
export class AnalysisError extends Error {}

const TYPE_KINDS = {
  INT64: 2,
  BOOL: 5,
  FLOAT64: 7,
  STRING: 8,
  BYTES: 9,
  DATE: 10,
  TIMESTAMP: 19,
  DATETIME: 21,
  NUMERIC: 23,
  BIGNUMERIC: 24,
  JSON: 26,
} as const;
const ARRAY_KIND = 16;
const STRUCT_KIND = 17;
const EXTERNAL = 1;
const ONE_LINE = 1;
const INVALID = 3;

/** Registered catalogs that are kept: a test goes on with the tables it just used. */
const KEPT_CATALOGS = 50;

export async function startAnalyzer(): Promise<Analyzer> {
  const server = await startAnalyzerServer();
  const { call } = server;
  const most = await call<object>('GetLanguageOptions', { maximum_features: true });
  // By default only queries are let in; an empty list lets in every kind of statement.
  const language = { ...most, product_mode: EXTERNAL, supported_statement_kinds: [] };
  const catalogs = new Catalogs(call, language);
  return {
    analyze: async (sql, names) => {
      const request = {
        options: analyzerOptions(language, names),
        registered_catalog_id: await catalogs.id(names),
        sql_statement: sql,
      };
      const reply = await refusing(() => call<AnalyzeReply>('Analyze', request));
      return (reply.resolved_statement?.resolved_query_stmt_node?.output_column_list ?? []).map(outputColumn);
    },
    split: (script) => refusing(() => split(call, language, script)),
    stop: () => {
      server.stop();
    },
  };
}

interface AnalyzeReply {
  readonly resolved_statement?: {
    readonly resolved_query_stmt_node?: { readonly output_column_list?: readonly OutputColumn[] };
  };
}

interface OutputColumn {
  readonly name: string;
  readonly column: { readonly type: TypeReply };
}

interface TypeReply {
  readonly type_kind: number;
  readonly array_type?: { readonly element_type: TypeReply };
}

function outputColumn({ name, column }: OutputColumn): SqlTable['columns'][number] {
  const { type } = column;
  const element = type.array_type?.element_type;
  return {
    name,
    type: element === undefined ? typeOfKind(type) : { ...typeOfKind(element), repeated: true },
  };
}

function typeOfKind({ type_kind: kind }: TypeReply): SqlType {
  const [name] = Object.entries(TYPE_KINDS).find(([, known]) => known === kind) ?? [];
  if (name === undefined) throw new Error(`a column of a type that is not known here: ${kind}`);
  return { name: name as SqlType['name'] };
}

function analyzerOptions(language: object, { parameters }: Names): object {
  return {
    language_options: language,
    error_message_mode: ONE_LINE,
    parameter_mode: 0,
    default_timezone: 'UTC',
    query_parameters: [...parameters].map(([name, type]) => ({ name, type: typeOf(type) })),
    system_variables: [{ name_path: ['row_count'], type: { type_kind: TYPE_KINDS.INT64 } }],
  };
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, details } = error as GrpcError;
    throw code === INVALID ? new AnalysisError(details) : error;
  }
}

async function split(call: Call, language: object, script: string): Promise<readonly string[]> {
  const bytes = Buffer.from(script);
  const statements: string[] = [];
  let position = 0;
  while (bytes.subarray(position).toString().trim() !== '') {
    const reply = await call<{ readonly resume_byte_position?: number }>('Parse', {
      parse_resume_location: { input: script, byte_position: position, allow_resume: true },
      options: language,
      allow_script: true,
    });
    const next = reply.resume_byte_position ?? bytes.length;
    if (next <= position) throw new Error('the parser does not move on');
    statements.push(bytes.subarray(position, next).toString().trim().replace(/;$/, ''));
    position = next;
  }
  return statements;
}

function typeOf({ name, repeated }: SqlType): object {
  const element = { type_kind: TYPE_KINDS[name] };
  return repeated === true ? { type_kind: ARRAY_KIND, array_type: { element_type: element } } : element;
}

/** Catalogs the server keeps by number, so that a statement does not bring its own. */
class Catalogs {
  readonly #call: Call;
  readonly #language: object;
  readonly #ids = new Map<string, Promise<string>>();

  constructor(call: Call, language: object) {
    this.#call = call;
    this.#language = language;
  }

  async id({ tables, variables }: Names): Promise<string> {
    const key = JSON.stringify([tables, [...variables]]);
    const known = this.#ids.get(key);
    const id = known ?? this.#register(tables, variables);
    this.#ids.delete(key);
    this.#ids.set(key, id);
    if (known === undefined) await this.#forgetOldest();
    return await id;
  }

  async #register(tables: readonly SqlTable[], variables: Names['variables']): Promise<string> {
    const catalog = {
      ...nested(tables),
      name: 'project',
      builtin_function_options: { language_options: this.#language },
      constant: constants(variables),
    };
    const reply = await this.#call<{ readonly registered_id: string }>('RegisterCatalog', {
      simple_catalog: catalog,
    });
    return reply.registered_id;
  }

  async #forgetOldest(): Promise<void> {
    const [oldest] = this.#ids;
    if (oldest === undefined || this.#ids.size <= KEPT_CATALOGS) return;
    this.#ids.delete(oldest[0]);
    await this.#call('UnregisterCatalog', { registered_id: await oldest[1] });
  }
}

/** Variables as constants; the columns of a loop's variable are fields of one. */
function constants(variables: Names['variables']): readonly object[] {
  const loops = new Map<string, object[]>();
  const plain: object[] = [];
  for (const [name, type] of variables) {
    const [variable = '', field] = name.split('.');
    if (field === undefined) plain.push({ name_path: [name], type: typeOf(type), value: {} });
    else
      loops.set(variable, [...(loops.get(variable) ?? []), { field_name: field, field_type: typeOf(type) }]);
  }
  const structs = [...loops].map(([name, field]) => {
    return { name_path: [name], type: { type_kind: STRUCT_KIND, struct_type: { field } }, value: {} };
  });
  return [...plain, ...structs];
}

/** Tables in catalogs of their datasets, and under their whole name, which one pair of backticks may hold. */
function nested(tables: readonly SqlTable[]): { table: object[]; catalog: object[] } {
  const shown = (name: string, table: SqlTable, id: number): object => ({
    name,
    serialization_id: id,
    column: table.columns.map((column) => ({ name: column.name, type: typeOf(column.type) })),
  });
  const whole = tables.map((table, n) => shown(table.path.join('.'), table, 2 * n + 1));
  const folders = [...new Set(tables.filter(({ path }) => path.length > 1).map(({ path }) => path[0] ?? ''))];
  const catalog = folders.map((name) => {
    const inside = tables.flatMap((table, n) => (table.path[0] === name ? [{ table, n }] : []));
    const own = inside.filter(({ table }) => table.path.length === 2);
    const deeper = inside.filter(({ table }) => table.path.length > 2);
    return {
      name,
      table: own.map(({ table, n }) => shown(table.path[1] ?? '', table, 2 * n + 2)),
      ...(deeper.length === 0
        ? {}
        : {
            catalog: nested(deeper.map(({ table }) => ({ ...table, path: table.path.slice(1) }))).catalog,
          }),
    };
  });
  return { table: whole, catalog };
}
