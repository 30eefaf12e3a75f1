import type { S3Source } from '../../config/types.js';
import { asHeaploadError, HeaploadError } from '../../errors.js';
import type { ObjectStore } from '../object-store.js';

export interface CheckResult {
  /** One line for people: `list s3://bucket/manifests/`. */
  readonly what: string;
  readonly ok: boolean;
  /** Set when it is not ok. */
  readonly error?: HeaploadError;
}

/** Where to stop looking for a data file: what comes before it must not make a check walk through years of dumps. */
const MOST_KEYS = 20_000;

/**
 * Whether the source can be used: can list, can read a manifest, can read one byte of one data file.
 * Later checks are left out when an earlier one makes them pointless. A few requests, whatever the bucket's age.
 */
export async function checkS3(
  source: S3Source,
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const run = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const value = await work();
      results.push({ what, ok: true });
      return value;
    } catch (error) {
      results.push({ what, ok: false, error: asHeaploadError(error) });
      return undefined;
    }
  };
  const look: Looker = (prefix, wanted) => firstKey(store, prefix, wanted, signal);
  if (source.layout === 'manifests') {
    const folder = `${source.prefix}manifests/`;
    const manifest = await run(`list ${at(source, folder)}`, () => findManifest(source, look));
    if (manifest === undefined) return results;
    await run(`read the manifest ${at(source, manifest)}`, () => readOneByte(store, manifest, signal));
  }
  const folder = dataPrefix(source);
  const file = await run(`find a data file under ${at(source, folder)}`, () => findData(source, look));
  if (file !== undefined) {
    await run(`read one byte of ${at(source, file)}`, () => readOneByte(store, file, signal));
  }
  return results;
}

type Looker = (prefix: string, wanted: (key: string) => boolean) => Promise<string | undefined>;

async function findManifest(source: S3Source, look: Looker): Promise<string> {
  const folder = `${source.prefix}manifests/`;
  const manifest = await look(folder, (key) => /\/sync_\d+\.json$/.test(key));
  if (manifest !== undefined) return manifest;
  const dump = await look(dataPrefix(source), () => true);
  throw dump === undefined ? empty(source) : withoutManifests(source, dump);
}

async function findData(source: S3Source, look: Looker): Promise<string> {
  const file = await look(dataPrefix(source), (key) => key.endsWith('.avro'));
  if (file !== undefined) return file;
  throw new HeaploadError(
    'SOURCE_MISSING',
    `No .avro file was found under ${at(source, dataPrefix(source))}.`,
    {
      hint:
        source.layout === 'manifests'
          ? 'The manifests are there but the dumps are not: check whether a lifecycle rule removes them, and source.prefix.'
          : 'Check source.prefix and source.patterns.',
    },
  );
}

/** Only prefixes that the least policy allows to be listed. */
function dataPrefix(source: S3Source): string {
  return source.layout === 'manifests' ? `${source.prefix}sync_` : source.prefix;
}

function empty(source: S3Source): HeaploadError {
  const place = source.prefix === '' ? 'the root' : `the prefix ${source.prefix}`;
  return new HeaploadError(
    'SOURCE_MISSING',
    `The bucket ${source.bucket} can be listed, but at ${place} there are neither manifests nor dumps.`,
    { hint: 'Check source.prefix; if it is right, Heap has not delivered anything yet.' },
  );
}

function withoutManifests(source: S3Source, dump: string): HeaploadError {
  return new HeaploadError(
    'SOURCE_MISSING',
    `The bucket ${source.bucket} has dumps (${dump}) but no manifests under ${source.prefix}manifests/.`,
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

function at(source: S3Source, key: string): string {
  return `s3://${source.bucket}/${key}`;
}
