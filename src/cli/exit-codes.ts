import { EXIT, type HeaploadError } from '../errors.js';
import type { RunResult } from '../run/events.js';

const USAGE_CODES: ReadonlySet<string> = new Set([
  'CONFIG_INVALID',
  'CONFIG_MISSING',
  'USAGE',
  'TABLE_UNKNOWN',
  'MODEL_INVALID',
  'MODEL_UNKNOWN',
]);

/** How a process ends whose command failed with this. */
export function exitCodeOf(error: HeaploadError): number {
  if (error.code === 'BUG') return EXIT.bug;
  if (error.code === 'INTERRUPTED') return EXIT.interrupted;
  return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.failed;
}

/** Of a command that did something, whether it failed on the way or was ended. */
export function exitCodeOfRun(result: RunResult): number {
  if (result.error !== undefined) return exitCodeOf(result.error);
  return result.status === 'failed' ? EXIT.failed : EXIT.done;
}
