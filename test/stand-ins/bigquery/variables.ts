import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { invalidQuery } from './errors.js';
import type { ResultSet } from './results.js';
import { variableName } from './scope.js';
import { type Type, duckType } from './types.js';

/** The variables of a script; those of a loop are named with their column, as `part.first_day`. */
export class Variables {
  readonly types = new Map<string, Type>();
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  declare(name: string, type: Type): void {
    if (this.types.has(name)) throw invalidQuery(`Variable '${name}' redeclaration`);
    this.types.set(name, type);
  }

  typeOf(name: string): Type {
    const type = this.types.get(name);
    if (type === undefined) throw invalidQuery(`Undeclared variable: ${name}`);
    return type;
  }

  /** `expression` as DuckDB takes it. */
  async assign(
    name: string,
    expression: string,
    values?: Record<string, DuckDBValue> | DuckDBValue[],
  ): Promise<void> {
    const type = duckType(this.typeOf(name));
    await this.#connection.run(
      `SET VARIABLE ${variableName(name)} = CAST((${expression}) AS ${type})`,
      values,
    );
  }

  /** Makes the columns of a loop's query known while `work` is done for each of its rows. */
  async forEach(loop: string, { columns, rows }: ResultSet, work: () => Promise<void>): Promise<void> {
    const named = columns.map(({ name, type }) => ({ name: `${loop}.${name.toLowerCase()}`, type }));
    for (const { name, type } of named) this.declare(name, type);
    for (const row of rows) {
      for (const [n, { name }] of named.entries()) await this.assign(name, '$1', [row[n] ?? null]);
      await work();
    }
    for (const { name } of named) this.types.delete(name);
  }
}
