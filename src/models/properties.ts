import { type ConfigDocument, readDocument } from '../config/document.js';
import { nearest } from '../config/nearest.js';
import { type Path, alternatives, label } from '../config/problems.js';
import type { ModelProblem } from './problems.js';
import { parseTest } from './property-tests.js';
import type { ModelProperties, TestSpec } from './types.js';

/** Properties of one model or loaded table, as a `.yml` file beside the models states them. */
export interface NamedProperties extends ModelProperties {
  readonly of: 'model' | 'source';
  readonly name: string;
  /** For messages about what the name stands for. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ParsedProperties {
  readonly properties: readonly NamedProperties[];
  readonly problems: readonly ModelProblem[];
}

const ENTRY_KEYS = ['name', 'description', 'columns', 'tests', 'data_tests'];
/** Keys of dbt that mean nothing here. */
const IGNORED = ['meta', 'docs', 'data_type', 'quote', 'tags', 'config', 'freshness', 'loaded_at_field'];
const IGNORED_OF_SOURCE = ['schema', 'database', 'loader', 'description', ...IGNORED];

/** Reads a file in dbt's shape: `models:` and `sources:`, each with columns, descriptions and data tests. */
export function parseProperties(file: string, text: string): ParsedProperties {
  const document = readDocument(text, undefined);
  const reading = new PropertiesReading(file, text, document);
  for (const { line, column, message } of document.problems)
    reading.problems.push({ file, text, line, column, message });
  if (document.value !== undefined && document.value !== null) reading.file();
  return { properties: reading.properties, problems: reading.problems };
}

/** What {@link parseTest} may do with the file it is in. */
export interface PropertyPlace {
  /** Notes a problem of the value at a path. */
  readonly problem: (path: Path, message: string) => void;
}

class PropertiesReading implements PropertyPlace {
  readonly properties: NamedProperties[] = [];
  readonly problems: ModelProblem[] = [];

  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly document: ConfigDocument,
  ) {}

  file(): void {
    const top = this.#mapping(this.document.value, [], ['models', 'sources'], ['version']);
    for (const { value, path } of this.#list(top['models'], ['models'])) this.#entry(value, path, 'model');
    for (const { value, path } of this.#list(top['sources'], ['sources'])) {
      const source = this.#mapping(value, path, ['name', 'tables'], IGNORED_OF_SOURCE);
      for (const table of this.#list(source['tables'], [...path, 'tables']))
        this.#entry(table.value, table.path, 'source');
    }
  }

  problem(path: Path, message: string, part: 'value' | 'key' = 'value'): void {
    const { line, column } = this.document.position(path, part);
    const where = path.length === 0 ? 'the file' : label(path);
    this.problems.push({ file: this.name, text: this.text, line, column, message: `${where}: ${message}` });
  }

  #entry(value: unknown, path: Path, of: NamedProperties['of']): void {
    const entry = this.#mapping(
      value,
      path,
      ENTRY_KEYS,
      of === 'model' ? IGNORED : [...IGNORED, 'identifier'],
    );
    const name = this.#text(entry['name'], [...path, 'name'], true);
    const tests: TestSpec[] = [...this.#tests(entry, path, undefined)];
    const columns = this.#list(entry['columns'], [...path, 'columns']).map(({ value: item, path: place }) => {
      const column = this.#mapping(item, place, ENTRY_KEYS, IGNORED);
      const columnName = this.#text(column['name'], [...place, 'name'], true);
      tests.push(...this.#tests(column, place, columnName));
      return { name: columnName, description: this.#text(column['description'], [...place, 'description']) };
    });
    const description = this.#text(entry['description'], [...path, 'description']);
    const place = this.document.position([...path, 'name'], 'value');
    this.properties.push({ of, name, file: this.name, ...place, description, columns, tests });
  }

  #tests(
    entry: Readonly<Record<string, unknown>>,
    path: Path,
    column: string | undefined,
  ): readonly TestSpec[] {
    return ['tests', 'data_tests'].flatMap((key) =>
      this.#list(entry[key], [...path, key]).flatMap(
        (item) => parseTest(item.value, item.path, column, this) ?? [],
      ),
    );
  }

  #mapping(
    value: unknown,
    path: Path,
    known: readonly string[],
    ignored: readonly string[],
  ): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problem(path, `expected a mapping with ${alternatives(known)}`);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (known.includes(key) || ignored.includes(key)) continue;
      const close = nearest(key, known);
      const meant = close === undefined ? `expected ${alternatives(known)}` : `did you mean ${close}?`;
      this.problem([...path, key], `unknown key; ${meant}`, 'key');
    }
    return value as Readonly<Record<string, unknown>>;
  }

  #list(value: unknown, path: Path): readonly { readonly value: unknown; readonly path: Path }[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value))
      return value.map((item: unknown, index) => ({ value: item, path: [...path, index] }));
    this.problem(path, 'expected a list');
    return [];
  }

  #text(value: unknown, path: Path, required = false): string {
    if (typeof value === 'string' && (value !== '' || !required)) return value;
    if (value === undefined && required) this.problem(path, 'is missing');
    else if (value !== undefined && value !== null) this.problem(path, 'expected text');
    return '';
  }
}
