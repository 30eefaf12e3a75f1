import picomatch from 'picomatch';
import { nearest } from '../config/nearest.js';
import { HeaploadError } from '../errors.js';
import { nameKey } from '../schema/identifiers.js';
import type { Model } from './analyze.js';
import type { DataTest } from './data-tests.js';
import { type Graph, reachable } from './graph.js';

/** What `--select` and `--exclude` of the command line name; an empty `select` is everything. */
export interface Selection {
  readonly select: readonly string[];
  readonly exclude: readonly string[];
}

export const EVERYTHING: Selection = { select: [], exclude: [] };

/** Names of models, loaded tables and tests that are meant. */
export interface Selected {
  readonly models: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

interface Nodes {
  readonly graph: Graph;
  readonly tests: readonly DataTest[];
  /** Names of loaded tables. */
  readonly tables: readonly string[];
}

/**
 * Nodes that a selection means: a name or glob, `tag:x`, `path:models/x`, `source:table`, each with `+` in front (and
 * what it reads) or behind (and what reads it). A test goes with what it tests. Throws `MODEL_UNKNOWN`.
 */
export function selectNodes(selection: Selection, nodes: Nodes): Selected {
  const everything = {
    models: nodes.graph.models.map(nameOf),
    tables: nodes.tables,
    tests: nodes.tests.map(nameOf),
  };
  const chosen = selection.select.length === 0 ? everything : union(selection.select, nodes);
  const left = union(selection.exclude, nodes);
  const without = (all: readonly string[], some: readonly string[]): ReadonlySet<string> => {
    const excluded = new Set(some);
    return new Set(all.filter((name) => !excluded.has(name)));
  };
  const tests = [...chosen.tests, ...testsOf(chosen, nodes.tests)];
  return {
    models: without(chosen.models, left.models),
    tests: without(tests, [...left.tests, ...testsOf(left, nodes.tests)]),
  };
}

interface Chosen {
  readonly models: readonly string[];
  readonly tables: readonly string[];
  readonly tests: readonly string[];
}

function union(words: readonly string[], nodes: Nodes): Chosen {
  const chosen = words
    .flatMap((word) => word.split(/\s+/).filter((part) => part !== ''))
    .map((word) => one(word, nodes));
  return {
    models: chosen.flatMap((each) => each.models),
    tables: chosen.flatMap((each) => each.tables),
    tests: chosen.flatMap((each) => each.tests),
  };
}

function one(word: string, nodes: Nodes): Chosen {
  const [, before = '', name = '', after = ''] = /^(\+?)(.*?)(\+?)$/.exec(word) ?? [];
  const found = named(name, nodes);
  if (found.models.length + found.tables.length + found.tests.length === 0)
    throw unknownName(word, name, nodes);
  const { parents, children, models } = nodes.graph;
  const readers = models
    .filter((model) => found.tables.some((table) => model.sources.has(table)))
    .map(nameOf);
  const up = before === '' ? [] : [...reachable(found.models, parents)];
  const down = after === '' ? [] : [...reachable([...found.models, ...readers], children)];
  const read =
    before === ''
      ? []
      : models.filter((model) => up.includes(model.name)).flatMap((model) => [...model.sources]);
  return {
    models: [...found.models, ...up, ...down],
    tables: [...found.tables, ...read],
    tests: found.tests,
  };
}

function named(name: string, { graph, tests, tables }: Nodes): Chosen {
  const [method, value] = splitMethod(name);
  const matches = matcher(value);
  switch (method) {
    case 'tag':
      return {
        models: graph.models.filter(({ config }) => config.tags.includes(value)).map(nameOf),
        tables: [],
        tests: tests.filter(({ tags }) => tags.includes(value)).map(nameOf),
      };
    case 'path': {
      const below = ({ file }: { readonly file: string }): boolean =>
        matches(file) || file.startsWith(withSlash(value));
      return {
        models: graph.models.filter(below).map(nameOf),
        tables: [],
        tests: tests.filter(below).map(nameOf),
      };
    }
    case 'source':
      return { models: [], tables: tables.filter(matches), tests: [] };
    default:
      return {
        models: graph.models.map(nameOf).filter(matches),
        tables: [],
        tests: tests.map(nameOf).filter(matches),
      };
  }
}

function splitMethod(name: string): readonly [method: string, value: string] {
  const [, method = '', value = ''] = /^(tag|path|source):(.*)$/.exec(name) ?? [];
  return method === '' ? ['', name] : [method, value.replace(/^\.\//, '')];
}

function matcher(glob: string): (name: string) => boolean {
  const matches = picomatch(glob === '' ? '\0' : glob, { nocase: true, dot: true });
  return (name) => nameKey(name) === nameKey(glob) || matches(name);
}

function withSlash(folder: string): string {
  return folder.endsWith('/') ? folder : `${folder}/`;
}

function testsOf(chosen: Pick<Chosen, 'models' | 'tables'>, tests: readonly DataTest[]): readonly string[] {
  const models = new Set(chosen.models);
  const tables = new Set(chosen.tables);
  const isMeant = ({ of, refs, sources }: DataTest): boolean => {
    if (of !== undefined) return of.kind === 'model' ? models.has(of.name) : tables.has(of.name);
    return refs.some((name) => models.has(name)) || sources.some((name) => tables.has(name));
  };
  return tests.filter(isMeant).map(nameOf);
}

function nameOf({ name }: Pick<Model | DataTest, 'name'>): string {
  return name;
}

function unknownName(word: string, name: string, { graph, tests, tables }: Nodes): HeaploadError {
  const [method, value] = splitMethod(name);
  const known = {
    '': [...graph.models.map(nameOf), ...tests.map(nameOf)],
    tag: [...graph.models.flatMap((model) => model.config.tags), ...tests.flatMap((test) => test.tags)],
    path: graph.models.map((model) => model.file),
    source: tables,
  }[method];
  const close = nearest(value, known ?? []);
  return new HeaploadError('MODEL_UNKNOWN', `${JSON.stringify(word)} selects nothing.`, {
    hint:
      close === undefined
        ? 'heapload models list shows the models; a name, tag:, path: or source: can have + before or after it.'
        : `Did you mean ${method === '' ? '' : `${method}:`}${close}? heapload models list shows the models.`,
  });
}
