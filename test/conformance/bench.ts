import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import type { DumpSpec } from '../support/dump-writer.js';
import type { Target } from '../support/target.js';
import { type Overrides, type Ran, type RunOptions, World } from '../support/world.js';
import { unreconciled } from './ledger.js';

/** Makes worlds for the tests of one target. */
export interface Bench {
  readonly target: Target;
  /** A fresh world; after the test its ledger has to reconcile (point 11). */
  world(overrides?: Overrides): Promise<World>;
  /** A fresh world into which the dumps were loaded without a failure by one run. */
  loaded(overrides: Overrides, ...dumps: readonly DumpSpec[]): Promise<World>;
}

/** Call inside a `describe`: what its tests make is checked and disposed of after each. */
export function createBench(target: Target): Bench {
  const open: World[] = [];
  const world = async (overrides: Overrides = {}): Promise<World> => {
    const made = await World.create(target, overrides);
    open.push(made);
    return made;
  };
  afterEach(async () => {
    const wrong: string[] = [];
    for (const made of open.splice(0)) {
      try {
        wrong.push(...(await unreconciled(made)));
      } finally {
        await made.dispose();
      }
    }
    expect(wrong).toEqual([]);
  });
  const loaded = async (overrides: Overrides, ...dumps: readonly DumpSpec[]): Promise<World> => {
    const made = await world(overrides);
    await made.write(...dumps);
    await runWell(made);
    return made;
  };
  return { target, world, loaded };
}

/** A run that has to end without any failure. */
export async function runWell(world: World, options?: RunOptions): Promise<Ran> {
  const ran = await world.run(options);
  const { error, failures } = ran.result;
  if (error !== undefined) throw error;
  if (failures[0] !== undefined) throw failures[0].error;
  expect(['done', 'nothing']).toContain(ran.result.status);
  return ran;
}

/** A run that has to fail in exactly these loads, each as `<dump> <table> <code>`. */
export async function runBadly(
  world: World,
  failures: readonly string[],
  options?: RunOptions,
): Promise<Ran> {
  const ran = await world.run(options);
  expect(describeFailures(ran)).toEqual(failures);
  expect(ran.result.status).toBe('failed');
  return ran;
}

export function describeFailures(ran: Ran): readonly string[] {
  return ran.result.failures.map(
    ({ dumpId, table, error }) => `${dumpId?.toString() ?? '-'} ${table ?? '-'} ${error.code}`,
  );
}

/** The notes of a run, as `<dump> <table>: <message>`. */
export function notesOf(ran: Ran): readonly string[] {
  return ran.events.flatMap((event) => {
    if (event.kind !== 'note') return [];
    const { dumpId, table, message } = event.note;
    return [`${dumpId?.toString() ?? '-'} ${table ?? '-'}: ${message}`];
  });
}

/** Changes the bytes of a file of the source. */
export async function spoil(world: World, key: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const file = path.join(world.root, key);
  await writeFile(file, change(await readFile(file)));
}

/** Puts a file into the source. */
export async function place(
  world: World,
  key: string,
  body: string | Buffer,
  modifiedAt?: Date,
): Promise<void> {
  const file = path.join(world.root, key);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, body);
  if (modifiedAt !== undefined) await utimes(file, modifiedAt, modifiedAt);
}

interface WrittenManifest {
  dump_id: number;
  tables: { name: string; files: string[]; columns: string[]; incremental: boolean }[];
}

/** Rewrites the manifest of a dump whose id is small enough for JSON. */
export async function editManifest(
  world: World,
  dumpId: bigint,
  edit: (manifest: WrittenManifest) => void,
): Promise<void> {
  await spoil(world, `manifests/sync_${dumpId.toString()}.json`, (bytes) => {
    const manifest = JSON.parse(bytes.toString()) as WrittenManifest;
    edit(manifest);
    return Buffer.from(JSON.stringify(manifest));
  });
}
