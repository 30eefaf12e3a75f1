import { nameKey } from '../schema/identifiers.js';
import type { TableName } from '../warehouse/contract.js';

/** What stands in the schemas of models already. */
export interface Catalog {
  /** Schemas that exist, by {@link nameKey}. */
  readonly schemas: ReadonlySet<string>;
  /** By {@link relationKey}. */
  readonly relations: ReadonlyMap<string, ExistingRelation>;
}

export interface ExistingRelation {
  readonly relation: TableName;
  readonly kind: 'view' | 'table';
  /** In order. */
  readonly columns: readonly NativeColumn[];
}

export interface NativeColumn {
  readonly name: string;
  /** As the catalog spells it. */
  readonly nativeType: string;
}

export const EMPTY_CATALOG: Catalog = { schemas: new Set(), relations: new Map() };

export function relationKey({ schema, name }: TableName): string {
  return `${nameKey(schema)}.${nameKey(name)}`;
}
