import { nearest } from '../config/nearest.js';
import { alternatives } from '../config/problems.js';
import { TemplateProblem } from './template-engine.js';
import type { ModelConfig, Severity } from './types.js';

const MATERIALIZATIONS = ['view', 'table', 'incremental'] as const;
const SCHEMA_CHANGES = ['append_new_columns', 'fail'] as const;
const SEVERITIES = ['warn', 'error'] as const;

export const DEFAULT_CONFIG: ModelConfig = {
  materialized: 'view',
  uniqueKey: [],
  onSchemaChange: 'append_new_columns',
  tags: [],
};

type Settings = Readonly<Record<string, unknown>>;

/** The settings of one `{{config …}}`; throws a {@link TemplateProblem} for what it does not know. */
export function parseModelConfig(settings: Settings): Partial<ModelConfig> {
  checkKeys(settings, ['materialized', 'unique_key', 'on_schema_change', 'tags']);
  const { materialized, unique_key: uniqueKey, on_schema_change: onSchemaChange, tags } = settings;
  return {
    ...(materialized === undefined
      ? {}
      : { materialized: oneOf('materialized', materialized, MATERIALIZATIONS) }),
    ...(uniqueKey === undefined ? {} : { uniqueKey: list('unique_key', uniqueKey) }),
    ...(onSchemaChange === undefined
      ? {}
      : { onSchemaChange: oneOf('on_schema_change', onSchemaChange, SCHEMA_CHANGES) }),
    ...(tags === undefined ? {} : { tags: list('tags', tags) }),
  };
}

/** What `{{config}}` can say of a data test. */
export function parseTestConfig(settings: Settings): {
  readonly severity?: Severity;
  readonly tags?: readonly string[];
} {
  checkKeys(settings, ['severity', 'tags']);
  const { severity, tags } = settings;
  return {
    ...(severity === undefined ? {} : { severity: oneOf('severity', severity, SEVERITIES) }),
    ...(tags === undefined ? {} : { tags: list('tags', tags) }),
  };
}

function checkKeys(settings: Settings, known: readonly string[]): void {
  const unknown = Object.keys(settings).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const close = nearest(unknown, known);
  const meant = close === undefined ? `expected ${alternatives(known)}` : `did you mean ${close}?`;
  throw new TemplateProblem(`{{config}} has no setting ${unknown}; ${meant}`);
}

function oneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new TemplateProblem(`${name} is ${JSON.stringify(value)}; expected ${alternatives(words)}`);
}

/** Names with commas between them. */
function list(name: string, value: unknown): readonly string[] {
  const names = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : [];
  if (names.length > 0 && !names.includes('')) return names;
  throw new TemplateProblem(`${name} is ${JSON.stringify(value)}; expected names with commas between them`);
}
