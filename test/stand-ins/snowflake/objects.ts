import { showName } from './sql/names.js';

/**
 * Schemas and tables that are there. DDL commits by itself, so what every session sees is one thing; to ask the
 * engine's catalog before each DDL would take longer than the DDL.
 */
export class Objects {
  readonly #schemas = new Set<string>();
  readonly #tables = new Set<string>();

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

  /** With its tables. */
  dropSchema(database: string, schema: string): void {
    const key = showName([database, schema]);
    this.#schemas.delete(key);
    for (const table of this.#tables) if (table.startsWith(`${key}.`)) this.#tables.delete(table);
  }

  hasTable(key: string): boolean {
    return this.#tables.has(key);
  }

  addTable(key: string): void {
    this.#tables.add(key);
  }

  dropTable(key: string): void {
    this.#tables.delete(key);
  }
}
