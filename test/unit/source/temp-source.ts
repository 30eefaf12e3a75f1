import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { type ErrorCode, HeaploadError } from '../../../src/errors.js';

const made: string[] = [];

afterAll(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true });
});

/** A new directory with these files (path → text), removed after the tests of the file. */
export async function tempSource(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'heapload-source-')));
  made.push(root);
  for (const [path, content] of Object.entries(files)) await putFile(root, path, content);
  return root;
}

export async function putFile(root: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The HeaploadError that `action` ends in; fails the test when it ends otherwise. */
export async function errorOf(action: () => unknown): Promise<HeaploadError> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(HeaploadError);
    return error as HeaploadError;
  }
  throw new Error('expected an error, but there was none');
}

export async function codeOf(action: () => unknown): Promise<ErrorCode> {
  return (await errorOf(action)).code;
}
