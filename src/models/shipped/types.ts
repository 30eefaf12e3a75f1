import type { Config } from '../../config/types.js';
import type { Note } from '../../plan/schedule-types.js';
import type { Engine } from '../../render/engine.js';
import type { Dialect, TableName } from '../../warehouse/contract.js';
import type { LoadedTable, ModelConfig, ModelProperties } from '../types.js';
import type { DefinedProperties } from './defined.js';
import type { Identity } from './identity.js';
import type { TableRoles } from './roles.js';

/** Switches of the shipped models, keys of `models.shipped` in integration.yml. */
export type ShippedSwitch = 'identity_map' | 'resolved' | 'all_events' | 'sessions' | 'defined_properties';

/** One relation that heapload ships, ready for its template. */
export interface ShippedModel {
  /** Unique among all models; what `{{ref}}` and `models eject` call it. */
  readonly name: string;
  /** Below `templates/models/<dialect>` or `templates/models/shared`, without `.sql.hbs`. */
  readonly template: string;
  readonly relation: TableName;
  /** What the template can name; finished, typed, no decisions left. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly config: Partial<ModelConfig>;
  readonly properties: ModelProperties;
}

/** Everything the shipped models depend on. */
export interface ShippedInputs {
  readonly config: Config;
  readonly dialect: Dialect;
  /** Sorted by name. */
  readonly tables: readonly LoadedTable[];
  /** `property_definitions.json` of the newest dump; undefined: it has none. */
  readonly definitions: { readonly file: string; readonly text: string } | undefined;
}

export interface Shipped {
  /** In any order; those switched off, or without the tables they need, left out. */
  readonly models: readonly ShippedModel[];
  /** What was left out and a person should know of. */
  readonly notes: readonly Note[];
}

/** What the inputs come to, worked out once for all models. */
export interface Ground {
  readonly inputs: ShippedInputs;
  /** Renders conversions and definitions. */
  readonly engine: Engine;
  readonly roles: TableRoles;
  readonly identity: Identity;
  readonly defined: DefinedProperties;
}
