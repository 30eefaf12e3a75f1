import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SnowflakeError, unsupported } from './errors.js';
import { showName } from './sql/names.js';
import { unquote } from './sql/tokens.js';
import { type BucketUpload, StageBucket, type StageBucketOptions } from './stage-bucket.js';

/** A stage, and the directory that holds its files. */
export interface Stage {
  readonly database: string;
  readonly schema: string;
  readonly name: string;
  readonly directory: string;
  /** In an external stage `METADATA$FILENAME` is the key in the bucket. */
  readonly external: boolean;
  /** The session a temporary stage goes with. */
  readonly session: string | undefined;
}

export interface StagedFile {
  /** Below the stage, with `/`. */
  readonly path: string;
  readonly file: string;
  readonly size: number;
}

export interface Location {
  /** Up to three names, outermost first. */
  readonly parts: readonly string[];
  /** Behind the stage, without a `/` before it. */
  readonly path: string;
}

/** Stages of the account and what COPY remembers of them. */
export class Stages {
  readonly #root: string;
  readonly #stages = new Map<string, Stage>();
  /** For each table the files it has taken in. */
  readonly #loads = new Map<string, Set<string>>();
  readonly #bucket: StageBucket | undefined;
  #made = 0;

  /** With a bucket, files of internal stages lie there and not on disk. */
  constructor(root: string, bucket: StageBucketOptions | undefined) {
    this.#root = root;
    this.#bucket = bucket === undefined ? undefined : new StageBucket(bucket);
  }

  close(): void {
    this.#bucket?.close();
  }

  find(database: string, schema: string, name: string): Stage | undefined {
    return this.#stages.get(showName([database, schema, name]));
  }

  async create(stage: Omit<Stage, 'directory' | 'external'>, externalDirectory?: string): Promise<void> {
    this.#made += 1;
    const directory = externalDirectory ?? path.join(this.#root, `stage-${this.#made}`);
    await mkdir(directory, { recursive: true });
    const made = { ...stage, directory, external: externalDirectory !== undefined };
    this.#stages.set(showName([stage.database, stage.schema, stage.name]), made);
  }

  async drop(stage: Stage): Promise<void> {
    this.#stages.delete(showName([stage.database, stage.schema, stage.name]));
    if (stage.external) return;
    await this.#bucket?.removeAll(keyOf(stage, ''));
    await rm(stage.directory, { recursive: true, force: true });
  }

  /** Where the driver puts a file for that folder of an internal stage. */
  upload(stage: Stage, folder: string): BucketUpload | Pick<BucketUpload, 'stageInfo'> {
    if (this.#bucket !== undefined) return this.#bucket.upload(keyOf(stage, folder));
    const location = path.join(stage.directory, folder);
    return {
      stageInfo: {
        locationType: 'LOCAL_FS',
        location,
        path: folder,
        isClientSideEncrypted: false,
        creds: {},
      },
    };
  }

  async remove(stage: Stage, { path: name, file }: StagedFile): Promise<void> {
    if (!stage.external) await this.#bucket?.remove(keyOf(stage, name));
    await rm(file, { force: true });
  }

  dropSchema(database: string, schema: string): void {
    for (const [key, stage] of this.#stages) {
      if (stage.database === database && stage.schema === schema) this.#stages.delete(key);
    }
  }

  async dropSession(session: string): Promise<void> {
    for (const stage of this.#stages.values()) if (stage.session === session) await this.drop(stage);
  }

  /** Those whose path begins with `prefix`, in the order of their paths. */
  async list(stage: Stage, prefix: string): Promise<readonly StagedFile[]> {
    if (!stage.external) await this.#bucket?.mirror(keyOf(stage, ''), stage.directory);
    const entries = await readdir(stage.directory, { recursive: true, withFileTypes: true });
    const files: StagedFile[] = [];
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const relative = path.relative(stage.directory, file).split(path.sep).join('/');
      if (relative.startsWith(prefix)) files.push({ path: relative, file, size: (await stat(file)).size });
    }
    return files.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  wasLoaded(table: string, file: string): boolean {
    return this.#loads.get(table)?.has(file) ?? false;
  }

  rememberLoad(table: string, file: string): void {
    const files = this.#loads.get(table) ?? new Set();
    this.#loads.set(table, files.add(file));
  }

  forgetLoads(table: string): void {
    this.#loads.delete(table);
  }
}

function keyOf(stage: Stage, name: string): string {
  return `${path.basename(stage.directory)}/${name}`;
}

/** Reads `@"DB"."SCHEMA"."STAGE"/path`. */
export function readLocation(text: string): Location {
  if (/^@[~%]/.test(text)) throw unsupported('the stages of users and tables');
  const match =
    /^@((?:"(?:[^"]|"")*"|[A-Za-z_][\w$]*)(?:\.(?:"(?:[^"]|"")*"|[A-Za-z_][\w$]*)){0,2})(?:\/(.*))?$/s.exec(
      text,
    );
  if (match === null) {
    throw new SnowflakeError(
      '001003',
      '42000',
      `SQL compilation error:\ninvalid URL prefix found in: '${text}'`,
    );
  }
  const names = match[1]?.match(/"(?:[^"]|"")*"|[\w$]+/g) ?? [];
  const parts = names.map((name) => (name.startsWith('"') ? unquote(name) : name.toUpperCase()));
  return { parts, path: match[2] ?? '' };
}
