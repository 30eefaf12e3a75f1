import type { Engine } from '../../render/engine.js';
import { checkColumnName } from '../../plan/columns.js';
import { HeaploadError } from '../../errors.js';
import { nameKey } from '../../schema/identifiers.js';
import { type DefinedColumn, compileDefinition } from '../definitions/compile.js';
import { propertyColumn } from '../definitions/fields.js';
import { parseDefinitions } from '../definitions/parse.js';
import type { DefinedValue, PropertyDefinition } from '../definitions/types.js';
import type { LoadedTable } from '../types.js';
import { type TableRoles, columnOf } from './roles.js';
import type { ShippedInputs } from './types.js';

/** Defined properties, ready to become columns. */
export interface DefinedProperties {
  /** Those of a table that has no column of that name, in the order of their definitions. */
  readonly columnsOf: (table: LoadedTable) => readonly DefinedColumn[];
  /** For people. */
  readonly warnings: readonly string[];
}

interface NamedDefinition {
  readonly definition: PropertyDefinition;
  readonly column: string;
}

export function definedProperties(
  inputs: ShippedInputs,
  roles: TableRoles,
  engine: Engine,
): DefinedProperties {
  const { definitions: file, config, dialect } = inputs;
  if (file === undefined || !config.models.shipped.definedProperties.enabled)
    return { columnsOf: () => [], warnings: [] };
  const parsed = parseDefinitions(file.text, file.file);
  const { usable, warnings } = usableDefinitions(parsed.definitions, inputs);
  const isEvents = new Set([...roles.events, ...(roles.sessions === undefined ? [] : [roles.sessions])]);
  const ofTable = (table: LoadedTable): readonly NamedDefinition[] => {
    const type = table === roles.users ? 'user' : isEvents.has(table) ? 'event' : undefined;
    return usable.filter(({ definition }) => definition.type === type);
  };
  const taken = usable.flatMap((named) => takenWarning(named, inputs.tables, ofTable));
  const compiled = new Map(
    inputs.tables.map((table) => [
      table,
      ofTable(table)
        .filter(({ column }) => columnOf(table, column) === undefined)
        .map(({ definition, column }) => compileDefinition(definition, column, { table, dialect, engine })),
    ]),
  );
  return {
    columnsOf: (table) => compiled.get(table) ?? [],
    warnings: [...parsed.skipped, ...warnings, ...taken],
  };
}

function usableDefinitions(
  definitions: readonly PropertyDefinition[],
  inputs: ShippedInputs,
): { readonly usable: readonly NamedDefinition[]; readonly warnings: readonly string[] } {
  const usable: NamedDefinition[] = [];
  const warnings: string[] = [];
  for (const definition of definitions) {
    const column = propertyColumn(definition.name);
    const same = usable.find((other) => other.column === column && other.definition.type === definition.type);
    const problem =
      same === undefined
        ? (nestedProblem(definition, definitions, inputs.tables) ?? nameProblem(column, inputs))
        : `${JSON.stringify(same.definition.name)} has the column ${column} already.`;
    if (problem === undefined) usable.push({ definition, column });
    else warnings.push(`Defined property ${JSON.stringify(definition.name)} is left out: ${problem}`);
  }
  return { usable, warnings };
}

/** Whether definitions may build on each other, and in which order, is not known. */
function nestedProblem(
  definition: PropertyDefinition,
  all: readonly PropertyDefinition[],
  tables: readonly LoadedTable[],
): string | undefined {
  const others = new Set(
    all.filter(({ type }) => type === definition.type).map(({ name }) => propertyColumn(name)),
  );
  const nested = propertiesOf(definition).find((property) => {
    const column = propertyColumn(property);
    return others.has(column) && !tables.some((table) => columnOf(table, column) !== undefined);
  });
  return nested === undefined
    ? undefined
    : `it builds on ${JSON.stringify(nested)}, which is a defined property itself.`;
}

function propertiesOf({ cases, otherwise }: PropertyDefinition): readonly string[] {
  const ofValue = (value: DefinedValue | undefined): readonly string[] =>
    value?.kind === 'field' ? [value.property] : [];
  return [
    ...cases.flatMap(({ value, condition }) => [
      ...condition.clauses.map((clause) => clause.property),
      ...ofValue(value),
    ]),
    ...ofValue(otherwise),
  ];
}

function nameProblem(column: string, { dialect }: ShippedInputs): string | undefined {
  try {
    checkColumnName('*', column, dialect.capabilities);
    return undefined;
  } catch (error) {
    if (!(error instanceof HeaploadError)) throw error;
    return error.message;
  }
}

/** What was delivered stays; one sentence for all tables that have the column. */
function takenWarning(
  named: NamedDefinition,
  tables: readonly LoadedTable[],
  ofTable: (table: LoadedTable) => readonly NamedDefinition[],
): readonly string[] {
  const key = nameKey(named.column);
  const having = tables
    .filter((table) => ofTable(table).includes(named) && columnOf(table, key) !== undefined)
    .map((table) => table.name);
  if (having.length === 0) return [];
  const name = JSON.stringify(named.definition.name);
  return [
    `Defined property ${name} is not computed for ${having.join(', ')}: a column of that name is delivered.`,
  ];
}
