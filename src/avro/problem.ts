import { HeaploadError } from '../errors.js';

/** Bytes that break the format; whoever knows the file and the offset turns it into an `AVRO_INVALID`. */
export class Malformed extends Error {
  override readonly name: string = 'Malformed';
}

/** The bytes end before the value does; more of them may help. */
export class EndsEarly extends Malformed {
  override readonly name = 'EndsEarly';
}

export const DAMAGED_HINT =
  'The file is damaged or was not written completely. Ask for it to be delivered again, or leave it out with on_bad_file: skip.';

/** `AVRO_INVALID` at a byte of a file. */
export function avroInvalid(
  file: string,
  offset: number,
  message: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): HeaploadError {
  const { hint = DAMAGED_HINT, cause } = details;
  return new HeaploadError('AVRO_INVALID', message, { hint, place: { file, offset }, cause });
}
