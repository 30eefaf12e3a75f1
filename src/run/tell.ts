import type { Plan } from '../plan/plan.js';
import type { Emit } from './events.js';

/** Tells the notes and failures of plans, each once, however often a run plans. */
export function teller(emit: Emit): (plan: Pick<Plan, 'notes' | 'failures'>) => void {
  const told = new Set<string>();
  const isNew = (...identity: readonly unknown[]): boolean => {
    const key = identity.map(String).join(' ');
    if (told.has(key)) return false;
    told.add(key);
    return true;
  };
  return ({ notes, failures }) => {
    for (const note of notes) {
      if (isNew('note', note.dumpId, note.table, note.message)) emit({ kind: 'note', note });
    }
    for (const failure of failures) {
      const { dumpId, table, error } = failure;
      if (isNew('failure', dumpId, table, error.code, error.message)) emit({ kind: 'failure', failure });
    }
  };
}
