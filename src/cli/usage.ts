import { nearest } from '../config/nearest.js';
import { HeaploadError } from '../errors.js';

const COMMANDS: readonly string[] = [
  'plan',
  'run',
  'build',
  'models',
  'status',
  'discover',
  'reset',
  'check',
];
const OPTIONS = [
  'config',
  'json',
  'table',
  'to-dump',
  'offline',
  'dry-run',
  'models',
  'no-models',
  'select',
  'exclude',
  'full-refresh',
  'yes',
  'force',
  'help',
  'version',
];

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
  if (message.startsWith('Not enough non-option arguments')) {
    return usage(
      'heapload reset needs the name of a table.',
      'For example: heapload reset users. heapload status shows the tables.',
    );
  }
  return usage(message);
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
