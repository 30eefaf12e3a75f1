import { TextDecoder } from 'node:util';
import pLimit from 'p-limit';
import { HeaploadError } from '../errors.js';
import { throwIfInterrupted } from './interrupt.js';
import type { ObjectBody, ObjectInfo, ObjectStore } from './object-store.js';
import { invalid, type ManifestContent, type ManifestTable, parseManifest } from './parse-manifest.js';
import { SharedTexts } from './shared-texts.js';

export type { ManifestTable } from './parse-manifest.js';

/** A manifest that was seen in a listing; its content was not read. */
export interface ListedManifest {
  /** From the file's name; at most 2^63-1. */
  readonly dumpId: bigint;
  readonly key: string;
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
}

/** A manifest that was read. */
export interface Manifest extends ManifestContent {
  readonly key: string;
  /** Of the content that was read, which may be newer than the listing. */
  readonly etag: string;
}

/** A dump that cannot be used at all. */
export interface DumpProblem {
  readonly dumpId: bigint;
  readonly error: HeaploadError;
}

export interface ManifestList {
  /** By ascending dump. */
  readonly manifests: readonly ListedManifest[];
  /** By ascending dump; none of these dumps is among `manifests`. */
  readonly problems: readonly DumpProblem[];
  /** Keys below `manifests/` that are no manifests, sorted. */
  readonly ignored: readonly string[];
}

/** A manifest names its files one by one; beyond this it is something else, and would not fit into memory. */
export const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

const DEFAULT_CONCURRENCY = 16;
const MAX_INT64 = 2n ** 63n - 1n;
const MANIFEST_NAME = /^sync_([0-9]+)\.json$/;

/** The dumps a source offers: objects named exactly `<prefix>manifests/sync_<digits>.json`. */
export async function listManifests(
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<ManifestList> {
  const folder = `${prefix}manifests/`;
  const found = new Map<bigint, [ListedManifest, ...ListedManifest[]]>();
  const ignored: string[] = [];
  for await (const info of store.list(folder, signal === undefined ? {} : { signal })) {
    const digits = MANIFEST_NAME.exec(info.key.slice(folder.length))?.[1];
    if (digits === undefined) {
      ignored.push(info.key);
      continue;
    }
    const manifest = listed(BigInt(digits), info);
    const same = found.get(manifest.dumpId);
    if (same === undefined) found.set(manifest.dumpId, [manifest]);
    else same.push(manifest);
  }
  const manifests: ListedManifest[] = [];
  const problems: DumpProblem[] = [];
  for (const [dumpId, same] of found) {
    const error = listingProblem(dumpId, same);
    if (error === undefined) manifests.push(same[0]);
    else problems.push({ dumpId, error });
  }
  return { manifests: manifests.sort(byDump), problems: problems.sort(byDump), ignored: ignored.sort() };
}

function listed(dumpId: bigint, { key, etag, size }: ObjectInfo): ListedManifest {
  return { dumpId, key, etag, size };
}

function byDump(a: { readonly dumpId: bigint }, b: { readonly dumpId: bigint }): number {
  return a.dumpId < b.dumpId ? -1 : a.dumpId > b.dumpId ? 1 : 0;
}

function listingProblem(
  dumpId: bigint,
  same: readonly [ListedManifest, ...ListedManifest[]],
): HeaploadError | undefined {
  const [{ key }] = same;
  if (same.length > 1) {
    const keys = same.map((manifest) => manifest.key).sort();
    const message = `Dump ${dumpId.toString()} has more than one manifest: ${keys.join(' and ')}.`;
    return new HeaploadError('MANIFEST_DUPLICATE', message, {
      hint: 'Which one holds cannot be known. Remove the wrong one from the source.',
      place: { dump: dumpId },
    });
  }
  if (dumpId <= MAX_INT64) return undefined;
  return invalid(key, `its number is greater than ${MAX_INT64.toString()}, the largest a dump can have`, {
    dump: dumpId,
  });
}

/**
 * Reads one manifest as it is now. Throws `MANIFEST_INVALID`, or what the store throws. Errors that concern one
 * table only stand in {@link ManifestTable.problem}.
 */
export async function readManifest(
  store: ObjectStore,
  manifest: ListedManifest,
  options: { readonly aliases: readonly string[] },
  signal?: AbortSignal,
): Promise<Manifest> {
  const { key, dumpId } = manifest;
  if (manifest.size > MAX_MANIFEST_BYTES) throw tooLarge(manifest);
  try {
    const body = await store.open(key, signal === undefined ? {} : { signal });
    const text = await readText(body, manifest);
    const content = parseManifest(text, key, { bucket: store.bucket, aliases: options.aliases });
    if (content.dumpId === dumpId) return { ...content, key, etag: body.info.etag };
    throw invalid(
      key,
      `its dump_id is ${content.dumpId.toString()}, but the name of the file says ${dumpId.toString()}`,
    );
  } catch (error) {
    throw error instanceof HeaploadError ? error.at({ dump: dumpId, file: key }) : error;
  }
}

async function readText(body: ObjectBody, manifest: ListedManifest): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of body.bytes) {
    bytes += chunk.length;
    if (bytes > MAX_MANIFEST_BYTES) throw tooLarge(manifest);
    parts.push(decodeUtf8(decoder, chunk, manifest.key));
  }
  parts.push(decodeUtf8(decoder, undefined, manifest.key));
  return parts.join('');
}

function decodeUtf8(decoder: TextDecoder, chunk: Uint8Array | undefined, key: string): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw invalid(key, 'its text is not UTF-8');
  }
}

function tooLarge({ key, dumpId }: ListedManifest): HeaploadError {
  const limit = `${MAX_MANIFEST_BYTES / 1024 / 1024} MiB`;
  return invalid(key, `it is larger than ${limit}, the most a manifest may have`, { dump: dumpId });
}

/** Reads many manifests, some at a time; what cannot be read becomes a problem of its dump. Both ascend by dump. */
export async function readManifests(
  store: ObjectStore,
  list: readonly ListedManifest[],
  options: { readonly aliases: readonly string[]; readonly concurrency?: number },
  signal?: AbortSignal,
): Promise<{ readonly manifests: readonly Manifest[]; readonly problems: readonly DumpProblem[] }> {
  const manifests: Manifest[] = [];
  const problems: DumpProblem[] = [];
  const shared = new SharedTexts();
  await pLimit(options.concurrency ?? DEFAULT_CONCURRENCY).map(list, async (entry) => {
    throwIfInterrupted(signal);
    try {
      manifests.push(compact(await readManifest(store, entry, options, signal), shared));
    } catch (error) {
      throwIfInterrupted(signal);
      if (!(error instanceof HeaploadError)) throw error;
      problems.push({ dumpId: entry.dumpId, error });
    }
  });
  return { manifests: manifests.sort(byDump), problems: problems.sort(byDump) };
}

/** The same manifest, with what it has in common with others kept once. */
function compact(manifest: Manifest, shared: SharedTexts): Manifest {
  const tables = manifest.tables.map(({ name, files, columns, incremental, problem }): ManifestTable => {
    const common = { name: shared.text(name), columns: shared.list(columns) };
    // Spelled out: what `...table` makes takes twice the memory.
    const table = { name: common.name, files, columns: common.columns, incremental };
    return problem === undefined ? table : { ...table, problem };
  });
  return { ...manifest, tables };
}
