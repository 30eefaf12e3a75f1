import type { Argv } from 'yargs';
import type { BuildOptions } from './commands/build.js';
import type { ExportOptions } from './commands/export.js';
import type { ModelsOptions } from './commands/models.js';
import type { CommonOptions, ScopeOptions } from './common.js';

export type PlanOptions = CommonOptions &
  ScopeOptions & { readonly offline: boolean; readonly estimate: boolean; readonly models: boolean };
export type RunOptions = CommonOptions &
  ScopeOptions & { readonly 'dry-run': boolean; readonly models: boolean };
export type ResetOptions = CommonOptions & {
  readonly table: string;
  readonly yes: boolean;
  readonly force: boolean;
};

export function commonOptions(parser: Argv): Argv<CommonOptions> {
  return parser
    .option('config', {
      alias: 'c',
      type: 'string',
      default: 'integration.yml',
      requiresArg: true,
      describe: 'configuration file',
      coerce: (value: unknown) => once('config', value),
    })
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'machine-readable output',
    }) as Argv<CommonOptions>;
}

function scopeOptions(parser: Argv): Argv<CommonOptions & ScopeOptions> {
  return commonOptions(parser)
    .option('table', {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only this table (repeatable)',
    })
    .option('to-dump', {
      type: 'string',
      requiresArg: true,
      describe: 'only dumps up to this id',
      coerce: (value: unknown) => once('to-dump', value),
    });
}

function modelsOption<T>(parser: Argv<T>): Argv<T & { models: boolean }> {
  return parser.option('models', {
    type: 'boolean',
    default: true,
    describe: 'build the models after the loads; --no-models leaves them',
  });
}

export function planOptions(parser: Argv): Argv<PlanOptions> {
  return modelsOption(scopeOptions(parser))
    .option('offline', {
      type: 'boolean',
      default: false,
      describe: 'plan for an empty warehouse, without connecting to one',
    })
    .option('estimate', {
      type: 'boolean',
      default: false,
      describe: 'ask the warehouse what the merges would cost',
    })
    .check(({ offline, estimate }) => {
      if (offline && estimate)
        throw new Error('--estimate needs a connection, which --offline does without.');
      return true;
    });
}

export function runOptions(parser: Argv): Argv<RunOptions> {
  return modelsOption(scopeOptions(parser)).option('dry-run', {
    type: 'boolean',
    default: false,
    describe: 'the same as plan',
  });
}

export function resetOptions(parser: Argv): Argv<ResetOptions> {
  return commonOptions(parser)
    .positional('table', { type: 'string', demandOption: true, describe: 'table name in the warehouse' })
    .option('yes', { alias: 'y', type: 'boolean', default: false, describe: 'do not ask' })
    .option('force', { type: 'boolean', default: false, describe: 'even when dumps it needs are gone' });
}

export function buildOptions(parser: Argv): Argv<BuildOptions> {
  return commonOptions(parser)
    .option('select', {
      alias: 's',
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'only these: names, tag:, path:, source:, with + for what they read or what reads them',
    })
    .option('exclude', { type: 'string', array: true, requiresArg: true, describe: 'not these' })
    .option('full-refresh', {
      type: 'boolean',
      default: false,
      describe: 'build incremental models anew',
    });
}

/** What `heapload models` takes for its action. */
export const MODEL_ACTIONS = ['list', 'compile', 'run', 'test', 'eject'] as const;

export function modelsOptions(parser: Argv): Argv<ModelsOptions> {
  return buildOptions(parser)
    .positional('action', {
      choices: MODEL_ACTIONS,
      demandOption: true,
      describe: 'what to do',
    })
    .positional('name', { type: 'string', describe: 'of the shipped model, for eject' });
}

/** The tools that `heapload export` writes for. */
export const EXPORT_TOOLS = ['dbt'] as const;

export function exportOptions(parser: Argv): Argv<ExportOptions> {
  return commonOptions(parser)
    .positional('what', { choices: EXPORT_TOOLS, demandOption: true, describe: 'for which tool' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: 'sources.yml',
      describe: 'the file to write',
      coerce: (value: unknown) => once('output', value) as string,
    });
}

/** The parser makes a list of an option that is given twice. */
function once(name: string, value: unknown): unknown {
  if (Array.isArray(value)) throw new Error(`--${name} is given more than once.`);
  return value;
}
