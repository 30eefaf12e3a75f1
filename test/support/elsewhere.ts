import type { ObjectStore } from '../../src/source/object-store.js';

/** The same objects as if they came over a network: nobody can read them in place. */
export function elsewhere(store: ObjectStore): ObjectStore {
  return {
    bucket: store.bucket,
    location: store.location,
    list: (prefix, options) => store.list(prefix, options),
    open: (key, options) => store.open(key, options),
  };
}
