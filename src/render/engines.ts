import type { Dialect } from '../warehouse/contract.js';
import { type Engine, createEngine } from './engine.js';
import { sqlHelpers } from './helpers.js';
import { readTemplates } from './template-files.js';

const engines = new WeakMap<Dialect, Map<string, Engine>>();

/** The compiled templates of a dialect for one schema; made once a process, since every plan needs the same. */
export function engineFor(dialect: Dialect, schema: string): Engine {
  const bySchema = engines.get(dialect) ?? new Map<string, Engine>();
  engines.set(dialect, bySchema);
  const engine =
    bySchema.get(schema) ??
    createEngine(readTemplates(dialect.name), (use) => sqlHelpers(dialect, schema, use));
  bySchema.set(schema, engine);
  return engine;
}
