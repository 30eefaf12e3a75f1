import type { Engine } from '../render/engine.js';
import { nameKey } from '../schema/identifiers.js';
import type { TableName } from '../warehouse/contract.js';
import type { Model, Names, OwnTest } from './analyze.js';
import type { NamedProperties } from './properties.js';
import type { ModelProblem } from './problems.js';
import type { LoadedTable, Severity, TestSpec } from './types.js';
import { nearest } from '../config/nearest.js';

/** A check of what is in a relation: rows that it finds are failures. */
export interface DataTest {
  /** Unique among tests. */
  readonly name: string;
  readonly severity: Severity;
  readonly tags: readonly string[];
  /** For messages and artifacts. */
  readonly file: string;
  /** The relation it is a property of; undefined for a test of the user's own. */
  readonly of: { readonly kind: 'model' | 'source'; readonly name: string } | undefined;
  /** Models and loaded tables it reads. */
  readonly refs: readonly string[];
  readonly sources: readonly string[];
  readonly what: { readonly spec: TestSpec } | { readonly own: OwnTest };
}

/** Tests of models, of loaded tables as shipped and as stated, and the user's own; names that repeat are numbered. */
export function collectTests(
  models: readonly Model[],
  tableProperties: readonly NamedProperties[],
  own: readonly OwnTest[],
  names: Names,
): { readonly tests: readonly DataTest[]; readonly problems: readonly ModelProblem[] } {
  const problems: ModelProblem[] = [];
  const found: DataTest[] = [
    ...names.tables.flatMap((table) => shippedTests(table)),
    ...tableProperties.flatMap((properties) => {
      const table = names.tables.find((each) => nameKey(each.name) === nameKey(properties.name));
      // A table that is not loaded yet has nothing to test.
      if (table === undefined) return [];
      return properties.tests.map((spec) => specTest('source', table.name, properties.file, spec));
    }),
    ...models.flatMap((model) =>
      model.properties.tests.map((spec) => specTest('model', model.name, model.file, spec)),
    ),
    ...own.map(ownTest),
  ];
  for (const test of found) problems.push(...unknownTargets(test, names));
  return { tests: numbered(withoutRepeats(found)), problems };
}

/** Every final table: its key is there and unique. */
function shippedTests(table: LoadedTable): readonly DataTest[] {
  const file = 'shipped with heapload';
  const unique: TestSpec = { kind: 'unique', columns: table.keys, severity: 'error' };
  const notNull = table.keys.map((column): TestSpec => ({ kind: 'not_null', column, severity: 'error' }));
  return [unique, ...notNull].map((spec) => specTest('source', table.name, file, spec));
}

function specTest(kind: 'model' | 'source', name: string, file: string, spec: TestSpec): DataTest {
  const to = spec.kind === 'relationships' ? spec.to : undefined;
  return {
    name: testName(kind, name, spec),
    severity: spec.severity,
    tags: [],
    file,
    of: { kind, name },
    refs: [...(kind === 'model' ? [name] : []), ...(to?.kind === 'ref' ? [to.name] : [])],
    sources: [...(kind === 'source' ? [name] : []), ...(to?.kind === 'source' ? [to.name] : [])],
    what: { spec },
  };
}

function testName(kind: 'model' | 'source', name: string, spec: TestSpec): string {
  const columns = spec.kind === 'unique' ? spec.columns.join('_') : spec.column;
  const to = spec.kind === 'relationships' ? `_${spec.to.name}` : '';
  return `${kind === 'source' ? 'source_' : ''}${spec.kind}_${name}_${columns}${to}`.replace(/\W+/g, '_');
}

function ownTest(own: OwnTest): DataTest {
  const { name, severity, tags, file, refs, sources } = own;
  return {
    name,
    severity,
    tags,
    file,
    of: undefined,
    refs: [...refs.keys()],
    sources: [...sources],
    what: { own },
  };
}

function unknownTargets({ what, file }: DataTest, { models, tables }: Names): readonly ModelProblem[] {
  if (!('spec' in what) || what.spec.kind !== 'relationships') return [];
  const { to } = what.spec;
  const known =
    to.kind === 'ref' ? [...models.values()].map((model) => model.name) : tables.map((table) => table.name);
  if (known.some((name) => nameKey(name) === nameKey(to.name))) return [];
  const close = nearest(to.name, known);
  const kind = to.kind === 'ref' ? 'model' : 'loaded table';
  const meant = close === undefined ? '' : `; did you mean ${close}?`;
  const message = `relationships: there is no ${kind} ${JSON.stringify(to.name)}${meant}`;
  return [{ file, line: 1, column: 1, message }];
}

/** What is stated for a table although heapload ships it counts once, as stated. */
function withoutRepeats(tests: readonly DataTest[]): readonly DataTest[] {
  const key = (test: DataTest): string =>
    JSON.stringify([test.name, 'own' in test.what ? test.file : 'spec', whereOf(test)]);
  const last = new Map(tests.map((test) => [key(test), test]));
  return tests.filter((test) => last.get(key(test)) === test);
}

function whereOf({ what }: DataTest): string | undefined {
  return 'spec' in what ? what.spec.where : undefined;
}

function numbered(tests: readonly DataTest[]): readonly DataTest[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const count = (seen.get(nameKey(test.name)) ?? 0) + 1;
    seen.set(nameKey(test.name), count);
    return count === 1 ? test : { ...test, name: `${test.name}_${count}` };
  });
}

/** The query of a test that is a property of a relation. */
export function specQuery(
  spec: TestSpec,
  relation: TableName,
  relationOf: (to: { readonly kind: 'ref' | 'source'; readonly name: string }) => TableName,
  engine: Engine,
): string {
  const filter = { filtered: spec.where !== undefined, where: spec.where ?? '' };
  const to = spec.kind === 'relationships' ? { to: relationOf(spec.to) } : {};
  return engine.render(`test/${spec.kind}`, { ...spec, relation, ...filter, ...to }).sql;
}

/** How a test is asked: how many rows fail, and some of them. */
export function testQueries(
  query: string,
  rows: number,
  engine: Engine,
): { readonly count: string; readonly sample: string | undefined } {
  return {
    count: engine.render('test/count', { query }).sql,
    sample: rows === 0 ? undefined : engine.render('test/sample', { query, rows }).sql,
  };
}
