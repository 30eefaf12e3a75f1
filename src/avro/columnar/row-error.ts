/** What stopped the decoder, and where. */
export class RowError extends Error {
  readonly reason: Error;
  /** Place in the record. */
  readonly field: number;
  /** Rows of the block before the one that failed. */
  readonly row: number;
  /** Byte of the block's data. */
  readonly position: number;

  constructor(
    cause: Error,
    place: { readonly field: number; readonly row: number; readonly position: number },
  ) {
    super(cause.message, { cause });
    this.reason = cause;
    this.field = place.field;
    this.row = place.row;
    this.position = place.position;
  }
}
