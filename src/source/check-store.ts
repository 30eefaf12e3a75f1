import { asHeaploadError, HeaploadError } from '../errors.js';
import type { ObjectStore } from './object-store.js';

export interface CheckResult {
  /** One line for people: `list s3://bucket/manifests/`. */
  readonly what: string;
  readonly ok: boolean;
  /** Set when it is not ok. */
  readonly error?: HeaploadError;
}

/** A source, and how its kind is spoken of. */
export interface CheckedStore {
  readonly store: ObjectStore;
  /** Empty or ending in `/`. */
  readonly prefix: string;
  readonly layout: 'manifests' | 'files';
  /** A key as people write it: `s3://bucket/key`, or a path. */
  readonly at: (key: string) => string;
  /** `bucket heap-rs3-acme-prod` or `directory /dumps`, after a `The`. */
  readonly called: string;
  /** What to look at when there are manifests and no dumps. */
  readonly dumplessHint: string;
}

/** Where to stop looking for a data file: what comes before it must not make a check walk through years of dumps. */
const MOST_KEYS = 20_000;

/**
 * Three questions: can list, can read a manifest, can read one byte of one data file. Later ones are left out when
 * an earlier one makes them pointless. A few requests, whatever the source's age.
 */
export async function checkStore(
  checked: CheckedStore,
  signal?: AbortSignal,
): Promise<readonly CheckResult[]> {
  const { store, at, prefix, layout } = checked;
  const results: CheckResult[] = [];
  const run = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await work();
      results.push({ what, ok: true });
      return value;
    } catch (error) {
      const failed = asHeaploadError(error);
      if (failed.code === 'INTERRUPTED' || failed.code === 'BUG') throw failed;
      results.push({ what, ok: false, error: failed });
      return undefined;
    }
  };
  const look: Looker = (start, wanted) => firstKey(store, start, wanted, signal);
  if (layout === 'manifests') {
    const manifest = await run(`list ${at(`${prefix}manifests/`)}`, () => findManifest(checked, look));
    if (manifest === undefined) return results;
    await run(`read the manifest ${at(manifest)}`, () => readOneByte(store, manifest, signal));
  }
  const file = await run(`find a data file under ${at(dataPrefix(checked))}`, () => findData(checked, look));
  if (file !== undefined) await run(`read one byte of ${at(file)}`, () => readOneByte(store, file, signal));
  return results;
}

type Looker = (prefix: string, wanted: (key: string) => boolean) => Promise<string | undefined>;

async function findManifest(checked: CheckedStore, look: Looker): Promise<string> {
  const folder = `${checked.prefix}manifests/`;
  const manifest = await look(folder, (key) => /\/sync_\d+\.json$/.test(key));
  if (manifest !== undefined) return manifest;
  const dump = await look(dataPrefix(checked), () => true);
  throw dump === undefined ? empty(checked) : withoutManifests(checked, dump);
}

async function findData(checked: CheckedStore, look: Looker): Promise<string> {
  const file = await look(dataPrefix(checked), (key) => key.endsWith('.avro'));
  if (file !== undefined) return file;
  throw new HeaploadError(
    'SOURCE_MISSING',
    `No .avro file was found under ${checked.at(dataPrefix(checked))}.`,
    {
      hint:
        checked.layout === 'manifests' ? checked.dumplessHint : 'Check source.prefix and source.patterns.',
    },
  );
}

/** Only prefixes that the least policy allows to be listed. */
function dataPrefix({ layout, prefix }: CheckedStore): string {
  return layout === 'manifests' ? `${prefix}sync_` : prefix;
}

function empty({ prefix, called }: CheckedStore): HeaploadError {
  const place = prefix === '' ? 'the root' : `the prefix ${prefix}`;
  return new HeaploadError(
    'SOURCE_MISSING',
    `The ${called} can be listed, but at ${place} there are neither manifests nor dumps.`,
    { hint: 'Check source.prefix; if it is right, Heap has not delivered anything yet.' },
  );
}

function withoutManifests({ prefix, called }: CheckedStore, dump: string): HeaploadError {
  return new HeaploadError(
    'SOURCE_MISSING',
    `The ${called} has dumps (${dump}) but no manifests under ${prefix}manifests/.`,
    {
      hint: 'If it never has manifests, set source.layout: files. If Heap writes to it, its first delivery is not complete yet: run the check again later.',
    },
  );
}

async function firstKey(
  store: ObjectStore,
  prefix: string,
  wanted: (key: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let seen = 0;
  for await (const object of store.list(prefix, signal === undefined ? {} : { signal })) {
    if (wanted(object.key)) return object.key;
    seen += 1;
    if (seen >= MOST_KEYS) return undefined;
  }
  return undefined;
}

async function readOneByte(store: ObjectStore, key: string, signal: AbortSignal | undefined): Promise<void> {
  const { info, bytes } = await store.open(key, {
    start: 0,
    end: 1,
    ...(signal === undefined ? {} : { signal }),
  });
  let got = 0;
  for await (const chunk of bytes) got += chunk.length;
  if (got === Math.min(1, info.size)) return;
  throw new HeaploadError('SOURCE_UNREADABLE', 'The object gave no byte.', {
    hint: 'Run the check again.',
    place: { file: key },
  });
}
