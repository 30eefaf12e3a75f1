import { nearest } from '../config/nearest.js';
import { type Path, alternatives } from '../config/problems.js';
import type { PropertyPlace } from './properties.js';
import type { Severity, TestSpec } from './types.js';

const KINDS: readonly TestSpec['kind'][] = ['unique', 'not_null', 'accepted_values', 'relationships'];
const COMMON = ['severity', 'where', 'config', 'arguments', 'name', 'description', 'tags'];
const OWN: Readonly<Record<TestSpec['kind'], readonly string[]>> = {
  unique: ['columns'],
  not_null: ['column'],
  accepted_values: ['column', 'values', 'quote'],
  relationships: ['column', 'to', 'field'],
};

type Mapping = Readonly<Record<string, unknown>>;

/** One entry of a list of tests: `unique`, or `accepted_values: {values: […]}`; undefined after a problem. */
export function parseTest(
  item: unknown,
  path: Path,
  column: string | undefined,
  place: PropertyPlace,
): TestSpec | undefined {
  const named = namedTest(item);
  if (named === undefined) {
    place.problem(path, `expected a test: ${alternatives(KINDS)}`);
    return undefined;
  }
  const kind = KINDS.find((each) => each === named.kind);
  if (kind === undefined) {
    const close = nearest(named.kind, KINDS);
    const meant = close === undefined ? `expected ${alternatives(KINDS)}` : `did you mean ${close}?`;
    place.problem(path, `unknown test ${JSON.stringify(named.kind)}; ${meant}`);
    return undefined;
  }
  const at: Path = typeof item === 'string' ? path : [...path, kind];
  const settings = flattened(named.settings);
  for (const key of Object.keys(settings)) {
    if ([...COMMON, ...OWN[kind]].includes(key)) continue;
    place.problem([...at, key], `unknown key; expected ${alternatives([...OWN[kind], 'severity', 'where'])}`);
  }
  const common = commonOf(settings, at, place);
  if (common === undefined) return undefined;
  const spec = specOf(kind, settings, column, (message) => {
    place.problem(at, message);
  });
  return spec === undefined ? undefined : { ...spec, ...common };
}

function namedTest(item: unknown): { readonly kind: string; readonly settings: Mapping } | undefined {
  if (typeof item === 'string') return { kind: item, settings: {} };
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const [entry, ...more] = Object.entries(item as Mapping);
  if (entry === undefined || more.length > 0) return undefined;
  return { kind: entry[0], settings: mappingOf(entry[1]) };
}

function mappingOf(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

/** dbt puts a test's arguments beside its settings, or below `arguments` and `config`. */
function flattened(settings: Mapping): Mapping {
  const { arguments: given, config, ...rest } = settings;
  return { ...rest, ...mappingOf(given), ...mappingOf(config) };
}

function commonOf(
  settings: Mapping,
  path: Path,
  place: PropertyPlace,
): { readonly severity: Severity; readonly where?: string } | undefined {
  const { severity = 'error', where } = settings;
  if (severity !== 'error' && severity !== 'warn') {
    place.problem([...path, 'severity'], 'expected warn or error');
    return undefined;
  }
  if (where === undefined) return { severity };
  if (typeof where === 'string' && where.trim() !== '') return { severity, where };
  place.problem([...path, 'where'], 'expected an SQL condition');
  return undefined;
}

type Uncommon = TestSpec extends infer T
  ? T extends TestSpec
    ? Omit<T, 'severity' | 'where'>
    : never
  : never;

function specOf(
  kind: TestSpec['kind'],
  settings: Mapping,
  column: string | undefined,
  problem: (message: string) => void,
): Uncommon | undefined {
  const { columns, values, to, field } = settings;
  const own = column ?? settings['column'];
  if (kind === 'unique' && isTexts(columns)) return { kind, columns };
  if (typeof own !== 'string' || own === '') {
    problem(kind === 'unique' ? 'expected columns: [a, b]' : `${kind} belongs to a column`);
    return undefined;
  }
  switch (kind) {
    case 'unique':
      return { kind, columns: [own] };
    case 'not_null':
      return { kind, column: own };
    case 'accepted_values':
      if (isScalars(values))
        return { kind, column: own, values: settings['quote'] === false ? values.map(unquoted) : values };
      problem('accepted_values needs values: a list of texts, numbers, true or false');
      return undefined;
    case 'relationships': {
      const target = typeof to === 'string' ? targetOf(to) : undefined;
      if (target !== undefined && typeof field === 'string' && field !== '')
        return { kind, column: own, to: target, field };
      problem(`relationships needs to: ref('model') or source('heap', 'table'), and field: its column`);
      return undefined;
    }
    default:
      return kind satisfies never;
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '')
  );
}

function isScalars(value: unknown): value is readonly (string | number | boolean)[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => ['string', 'number', 'boolean'].includes(typeof item))
  );
}

/** With `quote: false`, as in dbt, digits are a number, however many they are. */
function unquoted(value: string | number | boolean): string | number | bigint | boolean {
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : value;
}

const REF = /^ref\(\s*(['"])([^'"]+)\1\s*\)$/;
const SOURCE = /^source\(\s*(?:(['"])[^'"]+\1\s*,\s*)?(['"])([^'"]+)\2\s*\)$/;

function targetOf(text: string): { readonly kind: 'ref' | 'source'; readonly name: string } | undefined {
  const bare = text.trim().replace(/^\{\{\s*|\s*\}\}$/g, '');
  const ref = REF.exec(bare)?.[2];
  if (ref !== undefined) return { kind: 'ref', name: ref };
  const source = SOURCE.exec(bare)?.[3];
  if (source !== undefined) return { kind: 'source', name: source };
  return /^\w+$/.test(bare) ? { kind: 'ref', name: bare } : undefined;
}
