/**
 * Why a key could lead out of the bucket or directory, or cannot name anything in one; undefined when it is fine.
 * Backslashes count as separators here: a key that is harmless on one system must not climb on another.
 */
export function keyDanger(key: string): string | undefined {
  if (key === '') return 'it names no object';
  if (/^[/\\]/.test(key)) return 'it is absolute';
  if (key.split(/[/\\]/).includes('..')) return "it has a '..' part";
  if (key.includes('\0')) return 'it has a NUL character';
  if (/\p{Surrogate}/u.test(key)) return 'it is not valid Unicode';
  return undefined;
}
