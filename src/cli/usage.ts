import { nearest } from '../config/nearest.js';
import { HeaploadError } from '../errors.js';
import { EXPORT_TOOLS, MODEL_ACTIONS } from './options.js';

const COMMANDS: readonly string[] = [
  'plan',
  'run',
  'build',
  'models',
  'status',
  'discover',
  'reset',
  'export',
  'check',
];
const OPTIONS = [
  'config',
  'json',
  'table',
  'to-dump',
  'offline',
  'estimate',
  'dry-run',
  'models',
  'no-models',
  'select',
  'exclude',
  'full-refresh',
  'yes',
  'force',
  'output',
  'help',
  'version',
];

/** What has to stand behind a command: what it is called, and the words it can be where only some are known. */
const OPERANDS: Readonly<Record<string, { readonly what: string; readonly words: readonly string[] }>> = {
  reset: { what: 'name of a table', words: [] },
  models: { what: 'action', words: MODEL_ACTIONS },
  export: { what: 'tool', words: EXPORT_TOOLS },
};

/** What the parser said of a command line, as an error that names the word and what was probably meant. */
export function usageError(argv: readonly string[], message: string): HeaploadError {
  const command = argv.find((word) => COMMANDS.includes(word));
  const help =
    command === undefined
      ? 'heapload --help shows the commands.'
      : `heapload ${command} --help shows its options.`;
  const usage = (what: string, hint = help): HeaploadError => new HeaploadError('USAGE', what, { hint });

  const unknown = firstUnknown(argv, message, command);
  if (unknown !== undefined) {
    const written = optionCalled(unknown, argv);
    if (written !== undefined) {
      const word = written.split('=', 1)[0] ?? written;
      const owner = command === undefined ? 'heapload' : `heapload ${command}`;
      return usage(`${owner} has no option ${word}.`, suggestion(unknown, OPTIONS, '--', help));
    }
    if (command === undefined)
      return usage(`There is no command ${unknown}.`, suggestion(unknown, COMMANDS, 'heapload ', help));
    return usage(`heapload ${command} takes no argument ${JSON.stringify(unknown)}.`);
  }
  const hungry = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (hungry !== undefined) return usage(`${hungry.length === 1 ? '-' : '--'}${hungry} needs a value.`);
  const operand = command === undefined ? undefined : operandError(command, message, help);
  if (operand !== undefined) return usage(...operand);
  return usage(message);
}

/** A word that is missing behind the command, or is none of those it can be: what is wrong, and what to do. */
function operandError(
  command: string,
  message: string,
  help: string,
): [what: string, hint: string] | undefined {
  const operand = OPERANDS[command];
  if (operand === undefined) return undefined;
  const { what, words } = operand;
  if (message.startsWith('Not enough non-option arguments')) {
    if (words.length > 0)
      return [
        `heapload ${command} needs ${words.length > 1 ? 'an' : 'a'} ${what}: ${words.join(', ')}.`,
        help,
      ];
    return [
      `heapload ${command} needs the ${what}.`,
      `For example: heapload ${command} users. heapload status shows the tables.`,
    ];
  }
  const given = /^Invalid values:\n {2}Argument: \w+, Given: "(.*)", Choices: /.exec(message)?.[1];
  if (given === undefined) return undefined;
  return [
    `heapload ${command} has no ${what} ${given}.`,
    suggestion(given, words, `heapload ${command} `, help),
  ];
}

/** Without a known command no option is known either, so that it is the command that has to be corrected. */
function firstUnknown(
  argv: readonly string[],
  message: string,
  command: string | undefined,
): string | undefined {
  const words = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ');
  const positional = words?.find((word) => optionCalled(word, argv) === undefined && argv.includes(word));
  return command === undefined ? (positional ?? words?.[0]) : words?.[0];
}

function optionCalled(name: string, argv: readonly string[]): string | undefined {
  return argv.find((word) => word.startsWith('-') && bare(word) === name);
}

function bare(word: string): string {
  return (word.split('=', 1)[0] ?? '').replace(/^--?(no-)?/, '');
}

function suggestion(word: string, known: readonly string[], prefix: string, help: string): string {
  // Two letters that changed places are two edits, more than `nearest` forgives a short word.
  const meant = nearest(word, known) ?? known.find((candidate) => sorted(candidate) === sorted(word));
  return meant === undefined || meant === word ? help : `Did you mean ${prefix}${meant}? ${help}`;
}

function sorted(word: string): string {
  return Array.from(word).sort().join('');
}
