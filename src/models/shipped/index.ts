import type { Note } from '../../plan/schedule-types.js';
import { engineFor } from '../../render/engines.js';
import { nameKey } from '../../schema/identifiers.js';
import { ALL_EVENTS, allEvents } from './all-events.js';
import { definedProperties } from './defined.js';
import { IDENTITY_MAP, identityMap, identityOf } from './identity.js';
import { resolvedTable } from './resolved.js';
import { rolesOf } from './roles.js';
import { SESSIONS, enrichedSessions } from './sessions.js';
import type { Ground, Shipped, ShippedInputs, ShippedModel } from './types.js';
import { resolvedUsers } from './users.js';

export type { Shipped, ShippedInputs, ShippedModel, ShippedSwitch } from './types.js';

/** Pure, apart from reading template files: the models that heapload adds to the user's own. */
export function shippedModels(inputs: ShippedInputs): Shipped {
  const engine = engineFor(inputs.dialect, inputs.config.warehouse.schema);
  const roles = rolesOf(inputs.tables);
  const identity = identityOf(inputs, roles, engine);
  const defined = definedProperties(inputs, roles, engine);
  const ground: Ground = { inputs, engine, roles, identity, defined };
  const relation = (name: string): string => freeRelation(name, inputs);
  return {
    models: [
      ...identityMap(ground, relation(IDENTITY_MAP)),
      ...resolvedRelations(ground),
      ...allEvents(ground, relation(ALL_EVENTS)),
      ...enrichedSessions(ground, relation(SESSIONS)),
    ],
    notes: notesOf(ground),
  };
}

function resolvedRelations(ground: Ground): readonly ShippedModel[] {
  const { inputs, roles } = ground;
  if (!inputs.config.models.shipped.resolved.enabled) return [];
  return inputs.tables.map((table) =>
    table === roles.users ? resolvedUsers(table, ground) : resolvedTable(table, ground),
  );
}

/** A loaded table keeps its name in the resolved schema; a model of the same name gets another. */
function freeRelation(name: string, { tables, config }: ShippedInputs): string {
  const isTaken =
    config.models.shipped.resolved.enabled && tables.some((table) => nameKey(table.name) === name);
  return isTaken ? `heapload_${name}` : name;
}

function notesOf({ identity, defined }: Ground): readonly Note[] {
  const unresolved = identity.unresolved.map((table) => ({
    table,
    message: 'its user_id is neither an integer nor text, so that people cannot be told',
  }));
  return [...unresolved, ...defined.warnings.map((message) => ({ message }))];
}
