import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { missingObject, unsupported } from '../errors.js';
import { type Result, STATEMENT_TYPES, numberColumn, statusResult, textColumn } from '../results.js';
import { showName } from '../sql/names.js';
import { type Stage, readLocation } from '../stages.js';
import {
  type Work,
  expectEnd,
  hasWords,
  mayIn,
  mayOn,
  own,
  nameAt,
  placeOf,
  schemaExists,
  skipWords,
  unexpectedAt,
} from './context.js';

const done = (text: string): Result => statusResult(text, STATEMENT_TYPES.ddl);

/** CREATE STAGE of an internal one. `at` is behind the word STAGE. */
export async function createStage(
  work: Work,
  at: number,
  { replaces, temporary }: { readonly replaces: boolean; readonly temporary: boolean },
): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'NOT', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  if (hasWords(work, next, 'URL')) throw unsupported('CREATE STAGE on a bucket');
  expectEnd(work, next);
  const place = placeOf(work, parts, 'CREATE STAGE');
  if (!schemaExists(work, place.database, place.schema)) {
    throw missingObject('Schema', showName([place.database, place.schema]));
  }
  const there = work.stages.find(place.database, place.schema, place.name);
  const shown = showName([place.name]);
  if (there !== undefined && start !== at) return done(`${shown} already exists, statement succeeded.`);
  if (there !== undefined && !replaces) throw missingObject('Stage', shown);
  if (there !== undefined) await work.stages.drop(there);
  mayIn(work, 'CREATE STAGE', place);
  own(work, place);
  await work.stages.create({ ...place, session: temporary ? work.session.id : undefined });
  return done(`Stage area ${shown} successfully created.`);
}

export async function dropStage(work: Work, at: number): Promise<Result> {
  const start = skipWords(work, at, 'IF', 'EXISTS');
  const { parts, next } = nameAt(work, start);
  expectEnd(work, next);
  const place = placeOf(work, parts, 'DROP STAGE');
  const stage = work.stages.find(place.database, place.schema, place.name);
  if (stage === undefined) {
    if (start === at) throw missingObject('Stage', showName([place.name]));
    return done('Drop statement executed successfully (STAGE already dropped).');
  }
  mayOn(work, 'OWNERSHIP', 'stage', place);
  await work.stages.drop(stage);
  return done(`${showName([place.name])} successfully dropped.`);
}

export interface StageAt {
  readonly stage: Stage;
  /** Behind the stage. */
  readonly path: string;
}

/** The stage of a location, which is a word of its own or a string. */
export function stageAt(work: Work, at: number, use: 'READ' | 'WRITE'): StageAt {
  const token = work.tokens[at];
  if (token?.kind !== 'stage' && token?.kind !== 'string') throw unexpectedAt(work, at);
  return findStage(work, token.text, use);
}

export function findStage(work: Work, written: string, use: 'READ' | 'WRITE'): StageAt {
  const location = readLocation(written);
  const place = placeOf(work, location.parts, 'COPY');
  const stage = work.stages.find(place.database, place.schema, place.name);
  const mine = stage?.session === undefined || stage.session === work.session.id;
  if (stage === undefined || !mine)
    throw missingObject('Stage', showName([place.database, place.schema, place.name]));
  mayOn(work, stage.external ? 'USAGE' : use, 'stage', place);
  return { stage, path: location.path };
}

/** How a file of a stage is named in answers. */
export function shownFile({ name, external }: Stage, file: string): string {
  return external ? file : `${name.toLowerCase()}/${file}`;
}

/** LIST @stage/path. */
export async function listFiles(work: Work): Promise<Result> {
  const { stage, path: prefix } = stageAt(work, 1, 'READ');
  expectEnd(work, 2);
  const rows: string[][] = [];
  for (const { file, path: name, size } of await work.stages.list(stage, prefix)) {
    const digest = createHash('md5')
      .update(await readFile(file))
      .digest('hex');
    rows.push([shownFile(stage, name), size.toString(), digest, new Date(0).toUTCString()]);
  }
  const columns = [textColumn('name'), numberColumn('size'), textColumn('md5'), textColumn('last_modified')];
  return { columns, rows, statementType: STATEMENT_TYPES.file };
}

/** REMOVE @stage/path. */
export async function removeFiles(work: Work): Promise<Result> {
  const { stage, path: prefix } = stageAt(work, 1, 'WRITE');
  expectEnd(work, 2);
  const rows: string[][] = [];
  for (const file of await work.stages.list(stage, prefix)) {
    await work.stages.remove(stage, file);
    rows.push([shownFile(stage, file.path), 'removed']);
  }
  return { columns: [textColumn('name'), textColumn('result')], rows, statementType: STATEMENT_TYPES.file };
}

/** What the driver has to do for a PUT, as the service tells it. */
export interface Upload {
  readonly command: 'UPLOAD';
  readonly src_locations: readonly string[];
  readonly autoCompress: boolean;
  readonly overwrite: boolean;
  readonly parallel: number;
  readonly sourceCompression: string;
  readonly stageInfo: Readonly<Record<string, unknown>>;
  readonly encryptionMaterial?: Readonly<Record<string, unknown>>;
}

const PUT = /^\s*PUT\s+('(?:[^'\\]|''|\\.)*'|\S+)\s+('(?:[^'\\]|''|\\.)*'|\S+)\s*(.*?);?\s*$/is;

/** PUT of one file. The driver copies it into the directory of the stage, or seals it and sends it to a bucket. */
export function planUpload(work: Work): Upload {
  const [, source = '', target = '', options = ''] = PUT.exec(work.sql) ?? [];
  const bare = (text: string): string =>
    text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'").replaceAll('\\\\', '\\') : text;
  const file = bare(source);
  if (!file.toLowerCase().startsWith('file://')) throw unexpectedAt(work, 1);
  const { stage, path: folder } = findStage(work, bare(target), 'WRITE');
  const given = readOptions(options);
  return {
    command: 'UPLOAD',
    src_locations: [file.slice('file://'.length)],
    autoCompress: given.get('AUTO_COMPRESS') !== 'FALSE',
    overwrite: given.get('OVERWRITE') === 'TRUE',
    parallel: Number(given.get('PARALLEL') ?? 4),
    sourceCompression: (given.get('SOURCE_COMPRESSION') ?? 'AUTO_DETECT').toLowerCase(),
    ...work.stages.upload(stage, folder),
  };
}

function readOptions(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const rest = text.replace(/\s*(\w+)\s*=\s*(\w+)\s*/g, (_, name: string, value: string) => {
    given.set(name.toUpperCase(), value.toUpperCase());
    return '';
  });
  const known = ['AUTO_COMPRESS', 'OVERWRITE', 'PARALLEL', 'SOURCE_COMPRESSION'];
  const unknown = [...given.keys()].find((name) => !known.includes(name)) ?? rest;
  if (unknown !== '') throw unsupported(`${unknown} of PUT`);
  return given;
}
