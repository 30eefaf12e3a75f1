import { distance } from 'fastest-levenshtein';

/** The known word a mistyped one most likely stands for; undefined when none is close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  const allowed = Math.max(1, Math.floor(word.length / 3));
  if (least <= allowed) return best;
  const begun = known.filter((candidate) => word.length > 2 && candidate.startsWith(word.toLowerCase()));
  return begun.length === 1 ? begun[0] : undefined;
}
