import yargs, { type Argv } from 'yargs';
import { EXIT, type HeaploadError, asHeaploadError } from '../errors.js';
import { VERSION } from '../version.js';
import { exitCodeOf } from './exit-codes.js';
import type { Io } from './io.js';
import {
  buildOptions,
  commonOptions,
  exportOptions,
  modelsOptions,
  planOptions,
  resetOptions,
  runOptions,
} from './options.js';
import { formatError } from './reporters/format.js';
import { jsonEnd } from './reporters/json.js';
import { usageError } from './usage.js';

/** Runs one command line; gives the exit code. Never throws, never exits. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await carryOut(argv, io);
  } catch (thrown) {
    const error = asHeaploadError(thrown);
    const code = exitCodeOf(error);
    tellError(error, code, wantsJson(argv), io);
    return code;
  }
}

type Command = () => Promise<number>;

/** What the parser throws is about the command line; what a command throws is thrown as it is. */
async function carryOut(argv: readonly string[], io: Io): Promise<number> {
  let command: Command | undefined;
  let text = '';
  const parser = commands(yargs([...argv]), io, (chosen) => {
    command = chosen;
  });
  try {
    await parser.parseAsync(argv, {}, (_error, _parsed, output) => {
      text = output;
    });
  } catch (error) {
    throw usageError(argv, error instanceof Error ? error.message : String(error));
  }
  if (command !== undefined) return await command();
  io.stdout(`${text}\n`);
  return EXIT.done;
}

function tellError(error: HeaploadError, code: number, json: boolean, io: Io): void {
  if (json) {
    try {
      io.stdout(jsonEnd(error, code));
      return;
    } catch {
      // Where stdout itself is what fails, the error can still be told in words.
    }
  }
  io.stderr(formatError(error, io.color.stderr));
}

/** Also true for command lines that cannot be parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.includes('--json') || argv.includes('--json=true');
}

function commands(parser: Argv, io: Io, choose: (command: Command) => void): Argv {
  return parser
    .scriptName('heapload')
    .parserConfiguration({ 'greedy-arrays': false })
    .usage('$0 <command>\n\nLoads Heap dumps into your warehouse: nothing lost, nothing doubled.')
    .command('plan', 'print as SQL what a run would do', planOptions, (options) => {
      choose(async () => (await import('./commands/plan.js')).plan(options, io));
    })
    .command('run', 'load what is not loaded yet, and build the models', runOptions, (options) => {
      if (options.dryRun)
        choose(async () =>
          (await import('./commands/plan.js')).plan({ ...options, offline: false, estimate: false }, io),
        );
      else choose(async () => (await import('./commands/run.js')).runCommand(options, io));
    })
    .command('build', 'build the models and ask the data tests', buildOptions, (options) => {
      choose(async () => (await import('./commands/build.js')).buildCommand(options, io));
    })
    .command(
      'models <action> [name]',
      'list, compile, run, test or eject models',
      modelsOptions,
      (options) => {
        choose(async () => (await import('./commands/models.js')).modelsCommand(options, io));
      },
    )
    .command('status', 'show tables, freshness, skipped files and past runs', commonOptions, (options) => {
      choose(async () => (await import('./commands/status.js')).status(options, io));
    })
    .command('discover', 'show what the source holds and what is pending', commonOptions, (options) => {
      choose(async () => (await import('./commands/discover.js')).discover(options, io));
    })
    .command('reset <table>', 'empty a table and load it again on the next run', resetOptions, (options) => {
      choose(async () => (await import('./commands/reset.js')).reset(options, io));
    })
    .command('export <what>', 'describe the loaded tables to another tool: dbt', exportOptions, (options) => {
      choose(async () => (await import('./commands/export.js')).exportCommand(options, io));
    })
    .command('check', 'see whether source and warehouse can be used', commonOptions, (options) => {
      choose(async () => (await import('./commands/check.js')).check(options, io));
    })
    .demandCommand(1, 'Give a command.')
    .strict()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(100)
    .exitProcess(false)
    .fail(false);
}
