import { unknownToStandIn } from './errors.js';
import { type Type, duckType } from './types.js';

/** What names in a statement stand for. */
export interface Scope {
  readonly project: string;
  /** Types of the query's parameters by lower-case name. */
  readonly parameters: ReadonlyMap<string, Type>;
  /** Types of the script's variables by lower-case name. */
  readonly variables: ReadonlyMap<string, Type>;
  /** `@@row_count`. */
  readonly rowCount: bigint | undefined;
  /** SQL of a view of the catalog; throws for one that is not known. */
  readonly catalogView: (dataset: string | undefined, view: string) => string;
}

export function parameter(name: string, scope: Scope): string {
  const type = scope.parameters.get(name.toLowerCase());
  if (type === undefined) throw unknownToStandIn(`the parameter @${name}`);
  return `CAST($${name.toLowerCase()} AS ${duckType(type)})`;
}

export function systemVariable(name: string, scope: Scope): string {
  if (name !== 'row_count') throw unknownToStandIn(`the variable @@${name}`);
  return scope.rowCount === undefined ? 'CAST(NULL AS BIGINT)' : `CAST(${scope.rowCount} AS BIGINT)`;
}

export function variableText(name: string, type: Type): string {
  return `CAST(getvariable('${variableName(name)}') AS ${duckType(type)})`;
}

/** The name of DuckDB's variable for one of the script. */
export function variableName(name: string): string {
  return `bq_${name.toLowerCase().replace('.', '__')}`;
}
