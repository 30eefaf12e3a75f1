/** Defined properties as `property_definitions.json` describes them; no logic. */

/** A property whose value is computed from other properties of the same event, or of the same user. */
export interface PropertyDefinition {
  /** As Heap spells it. */
  readonly name: string;
  readonly type: 'event' | 'user';
  /** Tried in this order; the first whose condition holds gives the value. */
  readonly cases: readonly DefinitionCase[];
  /** The value when no case holds; undefined: NULL. */
  readonly otherwise: DefinedValue | undefined;
}

export interface DefinitionCase {
  readonly value: DefinedValue;
  readonly condition: Condition;
}

export type DefinedValue =
  | { readonly kind: 'constant'; readonly text: string | null }
  | { readonly kind: 'field'; readonly property: string };

export interface Condition {
  readonly combinator: 'and' | 'or';
  /** Never empty. */
  readonly clauses: readonly Clause[];
}

/** One comparison. Each `not…` operator, and `!=`, holds exactly when its counterpart does not. */
export type Clause =
  | { readonly operator: PresenceOperator; readonly property: string }
  | { readonly operator: ValueOperator; readonly property: string; readonly value: string };

export type PresenceOperator = 'isdef' | 'notdef';
export type ValueOperator = '=' | '!=' | 'contains' | 'notcontains' | 'matches' | 'notmatches';

/** What `property_definitions.json` holds, as far as it is understood. */
export interface Definitions {
  readonly definitions: readonly PropertyDefinition[];
  /** For people, one sentence for each definition that was left out; it shows the definition. */
  readonly skipped: readonly string[];
}
