import { TextDecoder } from 'node:util';
import { HeaploadError } from '../errors.js';
import { type ManifestList, readManifest } from './manifests.js';
import type { ObjectStore } from './object-store.js';

/** The text of a `property_definitions.json`; what it means is for others to say. */
export interface DefinitionsFile {
  /** Key in the source. */
  readonly file: string;
  readonly text: string;
}

/** How many of the newest dumps are looked at for definitions. */
const LOOK_BACK = 30;
/** Definitions are written by people; beyond this it is something else. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The definitions of the newest dump that has some, among the newest thirty up to `toDump`. Dumps whose manifest
 * cannot be read are passed over: loading them is what fails. Throws what the store throws.
 */
export async function readDefinitions(
  store: ObjectStore,
  list: ManifestList,
  options: { readonly aliases: readonly string[]; readonly toDump: bigint | undefined },
  signal: AbortSignal,
): Promise<DefinitionsFile | undefined> {
  const { aliases, toDump } = options;
  const wanted = list.manifests.filter(({ dumpId }) => toDump === undefined || dumpId <= toDump);
  for (const entry of wanted.slice(-LOOK_BACK).reverse()) {
    const key = await definitionsKey(store, entry, aliases, signal);
    if (key === undefined) continue;
    return { file: key, text: await readText(store, key, signal) };
  }
  return undefined;
}

async function definitionsKey(
  store: ObjectStore,
  entry: ManifestList['manifests'][number],
  aliases: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return (await readManifest(store, entry, { aliases }, signal)).propertyDefinitions;
  } catch (error) {
    if (error instanceof HeaploadError && error.code === 'MANIFEST_INVALID') return undefined;
    throw error;
  }
}

async function readText(store: ObjectStore, key: string, signal: AbortSignal): Promise<string> {
  const { bytes } = await store.open(key, { signal });
  const decoder = new TextDecoder('utf-8');
  let text = '';
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      throw new HeaploadError('SOURCE_UNREADABLE', `${key} has more than ${MAX_BYTES / 1024 / 1024} MiB.`, {
        hint: 'Definitions of properties are never so large. Set models.shipped.defined_properties.enabled: false to do without.',
        place: { file: key },
      });
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
