import type { RecordType } from './avro-type.js';

/**
 * What is made for the files of a schema, once for all that send its fields to the same columns: thousands of files share
 * few schemas.
 */
export class PerSchema<T> {
  readonly #known = new WeakMap<RecordType, { readonly targets: readonly number[]; readonly made: T }>();

  /** `targets`: for each field the staged column it goes to, or -1. */
  of(
    { schema, targets }: { readonly schema: RecordType; readonly targets: readonly number[] },
    make: () => T,
  ): T {
    const known = this.#known.get(schema);
    if (known?.targets === targets) return known.made;
    const made = make();
    this.#known.set(schema, { targets, made });
    return made;
  }
}
