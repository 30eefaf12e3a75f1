import { nameKey } from '../schema/identifiers.js';
import type { DialectName, ParsedSettings, Warehouse } from '../warehouse/contract.js';
import { oneOf, show, unknownKey } from './check-shape.js';
import { acceptScalars } from './data.js';
import type { ConfigDocument } from './document.js';
import type { ProblemList } from './problem-list.js';
import { alternatives, label } from './problems.js';
import type { Written } from './shape.js';
import { conceal } from './substitute.js';
import type { WarehouseConfig } from './types.js';

/** What the configuration needs of each adapter. */
export type Registry = Readonly<
  Record<DialectName, Pick<Warehouse<unknown>, 'parseSettings' | 'settingNames'>>
>;

const COMMON = ['type', 'schema'];

/** Has the adapter check its settings; undefined when there are problems. */
export function checkWarehouse(
  written: Written['warehouse'],
  document: ConfigDocument,
  problems: ProblemList,
  context: { readonly registry: Registry; readonly baseDirectory: string },
): WarehouseConfig | undefined {
  const { registry, baseDirectory } = context;
  const type = dialectOf(written.type, registry, document, problems);
  const settings = knownSettings(written, type, registry, problems);
  if (type === undefined) return undefined;
  const parse = (data: unknown): ParsedSettings<unknown> =>
    registry[type].parseSettings(data as Record<string, unknown>, baseDirectory);
  const accepted = acceptScalars(settings, document, ['warehouse'], (data) => {
    const result = parse(data);
    return result.ok ? [] : result.problems.map((problem) => problem.path);
  });
  const result = parse(accepted);
  if (result.ok) return { type, schema: written.schema, settings: result.settings };
  const used = document.used(['warehouse']);
  for (const { path, message } of result.problems) {
    const place = ['warehouse', ...path];
    problems.add(place, `${label(place)}: ${conceal(message, used)}`);
  }
  return undefined;
}

function dialectOf(
  type: unknown,
  registry: Registry,
  document: ConfigDocument,
  problems: ProblemList,
): DialectName | undefined {
  const names = Object.keys(registry);
  const path = ['warehouse', 'type'];
  if (type === undefined) {
    problems.add(path, `warehouse.type is missing; expected ${alternatives(names)}`);
    return undefined;
  }
  if (typeof type === 'string' && names.includes(type)) return type as DialectName;
  const written = document.written(path);
  problems.add(
    path,
    `warehouse.type is ${written === undefined ? 'not text' : show(written)}; expected ${oneOf(names, written)}`,
  );
  return undefined;
}

/** The adapter's part of the block; keys that no adapter or another one knows are reported and left out. */
function knownSettings(
  written: Written['warehouse'],
  type: DialectName | undefined,
  registry: Registry,
  problems: ProblemList,
): Record<string, unknown> {
  const all = Object.entries(registry);
  const known =
    type === undefined ? all.flatMap(([, adapter]) => adapter.settingNames) : registry[type].settingNames;
  const settings: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(written)) {
    if (COMMON.includes(key)) continue;
    if (known.includes(key)) {
      settings[key] = value;
      continue;
    }
    const owners = all.filter(([, adapter]) => adapter.settingNames.includes(key)).map(([name]) => name);
    const message =
      type !== undefined && owners.length > 0
        ? `warehouse.${key} is a setting of type ${alternatives(owners)}; this warehouse is of type ${type}`
        : unknownKey(['warehouse'], key, [...COMMON, ...known]);
    problems.add(['warehouse', key], message, 'key');
  }
  return settings;
}

/** Models and resolved views must not land among the loaded tables, whose names they may share. */
export function checkSchemas(written: Written, document: ConfigDocument, problems: ProblemList): void {
  const { schema } = written.warehouse;
  const others = { schema: written.models.schema, resolved_schema: written.models.resolved_schema };
  for (const [key, other] of Object.entries(others)) {
    if (nameKey(other) !== nameKey(schema)) continue;
    const path = ['models', key];
    const isDefault = document.written(path) === undefined;
    const text = `models.${key}${isDefault ? ' (by default)' : ''} and warehouse.schema are the same; expected two schemas`;
    problems.add(isDefault ? ['warehouse', 'schema'] : path, text);
  }
}
