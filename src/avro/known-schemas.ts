import type { RecordType } from './avro-type.js';
import { parseSchema } from './parse-schema.js';
import { columnsOf } from './schema.js';
import type { AvroColumn } from './types.js';

/** A schema, and the columns it makes. */
export interface KnownSchema {
  readonly schema: RecordType;
  readonly columns: readonly AvroColumn[];
}

/**
 * Schemas by their text, one object for all files that have the same: a load may have ten thousand files and one schema, and
 * parsing that takes longer than reading a small file.
 */
export class KnownSchemas {
  readonly #known = new Map<string, KnownSchema>();

  /** Throws `Malformed`. */
  of(text: string): KnownSchema {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const schema = parseSchema(text);
    const made = { schema, columns: columnsOf(schema) };
    this.#known.set(text, made);
    return made;
  }
}
