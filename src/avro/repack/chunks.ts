import type { RepackFile } from './types.js';

/**
 * Splits the files of a load, in order, into runs of at most `maxBytes` as they lie in the source; a file that is
 * larger stands alone. Pure.
 */
export function chunksOf<File extends Pick<RepackFile, 'size'>>(
  files: readonly File[],
  maxBytes: number,
): readonly (readonly File[])[] {
  const chunks: File[][] = [];
  let room = 0;
  for (const file of files) {
    const last = chunks.at(-1);
    if (last === undefined || file.size > room) {
      chunks.push([file]);
      room = maxBytes - file.size;
    } else {
      last.push(file);
      room -= file.size;
    }
  }
  return chunks;
}
