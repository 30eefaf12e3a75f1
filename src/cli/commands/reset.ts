import { randomUUID } from 'node:crypto';
import { EXIT, HeaploadError } from '../../errors.js';
import { observe } from '../../run/observe.js';
import { applyReset, missingForReset, planReset, requireKnownTable } from '../../run/reset.js';
import { type CommonOptions, HOLDER, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { jsonLine } from '../reporters/json.js';

interface ResetOptions extends CommonOptions {
  readonly table: string;
  readonly yes: boolean;
  readonly force: boolean;
}

/** `reset TABLE`: empties it and makes its loads pending again, in one transaction. */
export async function reset(options: ResetOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const { table } = options;
  const context = { ...workplace, signal: io.signal };
  return await withSession(workplace, 'write', async (session) => {
    const state = await observe(session, workplace.dialect, workplace.queries);
    requireKnownTable(table, state);
    const missing = await missingForReset(table, session, context);
    if (missing.length > 0 && !options.force) throw dumpsGone(table, missing);
    if (!(await confirmed(options, io))) {
      io.stderr('Nothing was changed.\n');
      return EXIT.done;
    }
    await applyReset(planReset(table, state, context), session, context, {
      runId: randomUUID(),
      holder: HOLDER,
    });
    if (options.json) io.stdout(jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, table }));
    else io.stdout(`${table} is empty; the next run loads it again. Until then queries see no rows.\n`);
    return EXIT.done;
  });
}

async function confirmed(options: ResetOptions, io: Io): Promise<boolean> {
  if (options.yes) return true;
  if (!io.interactive || options.json) {
    throw new HeaploadError('USAGE', `reset ${options.table} deletes all rows of ${options.table}.`, {
      hint: 'Add --yes to confirm.',
    });
  }
  const answer = await io.ask(
    `Delete all rows of ${options.table} and load them again on the next run? [y/N] `,
  );
  return /^y(es)?$/i.test(answer.trim());
}

function dumpsGone(table: string, missing: readonly string[]): HeaploadError {
  const shown = missing.slice(0, 5).join(', ');
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return new HeaploadError(
    'DUMPS_GONE',
    `Resetting ${table} would lose rows: the source no longer has ${shown}${more}.`,
    {
      place: { table },
      hint: 'Restore them in the source, or add --force to load what is left.',
    },
  );
}
