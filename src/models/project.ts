import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config/types.js';
import { HeaploadError } from '../errors.js';
import { nameKey } from '../schema/identifiers.js';

/** A file of the project, read whole: these are written by people. */
export interface ProjectFile {
  /** From the folder of integration.yml, with `/`; how messages and artifacts name it. */
  readonly file: string;
  /** The file's name without folder and ending: the name of the model or test. */
  readonly name: string;
  readonly text: string;
}

/** What the user has written on top of the loaded tables. */
export interface Project {
  readonly models: readonly ProjectFile[];
  readonly properties: readonly ProjectFile[];
  readonly tests: readonly ProjectFile[];
}

export const EMPTY_PROJECT: Project = { models: [], properties: [], tests: [] };

/** Reads the files below `models.path` and `models.tests_path`; a folder that is not there holds none. */
export function readProject(config: Config): Project {
  const root = path.dirname(config.file);
  const models = filesBelow(config.models.path, root);
  return {
    models: models.filter(endsWith('.sql')).map(read),
    properties: models.filter(endsWith('.yml', '.yaml')).map(read),
    tests: filesBelow(config.models.testsPath, root).filter(endsWith('.sql')).map(read),
  };
}

/** The schemas that models are built in: those of the user in one, those that heapload ships in the other. */
export function modelSchemas({ file, models }: Pick<Config, 'file' | 'models'>): readonly string[] {
  const { identityMap, resolved, allEvents, sessions } = models.shipped;
  const hasOwn = filesBelow(models.path, path.dirname(file)).some(endsWith('.sql'));
  const hasShipped = [identityMap, resolved, allEvents, sessions].some(({ enabled }) => enabled);
  const used = [...(hasOwn ? [models.schema] : []), ...(hasShipped ? [models.resolvedSchema] : [])];
  return [...new Map(used.map((schema) => [nameKey(schema), schema])).values()];
}

interface FoundFile {
  readonly absolute: string;
  readonly file: string;
}

function filesBelow(folder: string, root: string): readonly FoundFile[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((absolute) => ({ absolute, file: path.relative(root, absolute).split(path.sep).join('/') }))
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

function endsWith(...endings: readonly string[]): (found: FoundFile) => boolean {
  return ({ file }) => endings.some((ending) => file.endsWith(ending));
}

function read({ absolute, file }: FoundFile): ProjectFile {
  try {
    const text = readFileSync(absolute, 'utf8').replace(/^\uFEFF/, '');
    return { file, name: path.posix.basename(file).replace(/\.[^.]*$/, ''), text };
  } catch (error) {
    throw new HeaploadError('MODEL_INVALID', `${file} cannot be read.`, {
      hint: 'Make the file readable, or take it out of the folder.',
      place: { file },
      cause: error,
    });
  }
}
