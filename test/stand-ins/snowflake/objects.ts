import { showName } from './sql/names.js';

export type RelationKind = 'table' | 'view';

/**
 * Schemas, tables and views that are there. DDL commits by itself, so what every session sees is one thing; to ask the
 * engine's catalog before each DDL would take longer than the DDL.
 */
export class Objects {
  readonly #schemas = new Set<string>();
  readonly #relations = new Map<string, RelationKind>();

  constructor(databases: readonly string[]) {
    for (const database of databases) {
      this.addSchema(database, 'PUBLIC');
      this.addSchema(database, 'INFORMATION_SCHEMA');
    }
  }

  hasSchema(database: string, schema: string): boolean {
    return this.#schemas.has(showName([database, schema]));
  }

  addSchema(database: string, schema: string): void {
    this.#schemas.add(showName([database, schema]));
  }

  /** With its tables and views. */
  dropSchema(database: string, schema: string): void {
    const key = showName([database, schema]);
    this.#schemas.delete(key);
    for (const name of this.#relations.keys()) if (name.startsWith(`${key}.`)) this.#relations.delete(name);
  }

  hasTable(key: string): boolean {
    return this.kindOf(key) === 'table';
  }

  /** Undefined: there is nothing of that name. */
  kindOf(key: string): RelationKind | undefined {
    return this.#relations.get(key);
  }

  add(key: string, kind: RelationKind): void {
    this.#relations.set(key, kind);
  }

  drop(key: string): void {
    this.#relations.delete(key);
  }
}
