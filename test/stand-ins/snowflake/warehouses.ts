import { SnowflakeError, missingObject } from './errors.js';

/** A virtual warehouse. */
export interface Warehouse {
  readonly name: string;
  readonly autoResume: boolean;
  state: 'STARTED' | 'SUSPENDED';
}

export class Warehouses {
  readonly #warehouses: ReadonlyMap<string, Warehouse>;

  constructor(warehouses: readonly Warehouse[]) {
    this.#warehouses = new Map(warehouses.map((warehouse) => [warehouse.name, { ...warehouse }]));
  }

  get all(): readonly Warehouse[] {
    return [...this.#warehouses.values()];
  }

  has(name: string | undefined): boolean {
    return name !== undefined && this.#warehouses.has(name);
  }

  find(name: string): Warehouse {
    const warehouse = this.#warehouses.get(name);
    if (warehouse === undefined) throw missingObject('Warehouse', name);
    return warehouse;
  }

  /** For a statement that needs one: a suspended one that may starts by itself. */
  use(name: string | undefined): void {
    const warehouse = name === undefined ? undefined : this.#warehouses.get(name);
    if (warehouse === undefined || (warehouse.state === 'SUSPENDED' && !warehouse.autoResume)) {
      const message =
        "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.";
      throw new SnowflakeError('000606', '57P03', message);
    }
    warehouse.state = 'STARTED';
  }
}
