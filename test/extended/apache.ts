import { beforeAll, beforeEach } from 'vitest';
import { type Apache, apacheAvro } from '../stand-ins/avro/apache.js';

/** Apache's readers for the tests of a file; where they cannot be had, its tests are skipped, and `what` is said loudly. */
export function neededApache(what: string): () => Apache {
  let apache: Apache | undefined;
  let reason: string | undefined;
  beforeAll(async () => {
    const found = await apacheAvro();
    if ('missing' in found) {
      reason = found.missing;
      console.warn(`\n*** SKIPPED: ${what} by Apache's Avro: ${reason} ***\n`);
    } else apache = found;
  }, 300_000);
  beforeEach((context) => {
    if (apache === undefined) context.skip(reason);
  });
  return () => {
    if (apache === undefined) throw new Error('a test that needs it was not skipped');
    return apache;
  };
}
