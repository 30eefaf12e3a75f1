import type { Dialect } from '../warehouse/contract.js';
import { type Engine, createEngine } from './engine.js';
import { sqlHelpers } from './helpers.js';
import { templatesOf } from './templates.js';

const engines = new WeakMap<Dialect, Map<string, Engine>>();

/** The templates of a dialect, ready to be rendered, for one schema; made once a process, since every plan needs the same. */
export function engineFor(dialect: Dialect, schema: string): Engine {
  const bySchema = engines.get(dialect) ?? new Map<string, Engine>();
  engines.set(dialect, bySchema);
  const engine =
    bySchema.get(schema) ??
    createEngine(templatesOf(dialect.name), (use) => sqlHelpers(dialect, schema, use));
  bySchema.set(schema, engine);
  return engine;
}
