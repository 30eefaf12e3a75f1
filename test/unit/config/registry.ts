import type { Registry } from '../../../src/config/check-warehouse.js';
import type { SettingProblem } from '../../../src/warehouse/contract.js';

/** An adapter that knows a few settings and, like a careless one, shows the values it complains about. */
function adapter(
  checks: Readonly<Record<string, (value: unknown) => boolean>>,
  required: readonly string[] = [],
) {
  return {
    settingNames: Object.keys(checks),
    parseSettings(input: Readonly<Record<string, unknown>>, baseDirectory: string) {
      const problems: SettingProblem[] = required
        .filter((name) => !(name in input))
        .map((name) => ({ path: [name], message: 'is missing' }));
      for (const [name, value] of Object.entries(input)) {
        if (checks[name]?.(value) !== true)
          problems.push({ path: [name], message: `cannot be ${JSON.stringify(value)}` });
      }
      if (problems.length > 0) return { ok: false as const, problems };
      return { ok: true as const, settings: { ...input, baseDirectory } };
    },
  };
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isSize = (value: unknown): boolean => typeof value === 'string' && /^\d+(MB|GB)$/.test(value);
const isNumber = (value: unknown): boolean => typeof value === 'number';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

/** Stands in for the real adapters, which the configuration only meets through this seam. */
export const registry: Registry = {
  duckdb: adapter({ path: isText, memory_limit: isSize, threads: isNumber, read_only: isFlag }),
  bigquery: adapter({ project: isText, location: isText, transfer: isText }, ['project']),
  snowflake: adapter({ account: isText, user: isText, transfer: isText }, ['account']),
};
