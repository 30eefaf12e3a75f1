import { createHash } from 'node:crypto';
import { chunksOf } from '../../src/avro/repack/index.js';
import type { FileStage, Transfer, TransferFile, TransferPartPlan } from '../../src/warehouse/contract.js';
import { containerFields } from './container.js';
import { quoteIdentifier } from './quoting.js';
import type { SnowflakeSettings } from './settings.js';

/** A transfer before its statements are rendered. */
type Bare = Omit<Transfer, 'preview' | 'parts'>;

/** COPY takes at most so many names. */
const MAX_NAMES = 1000;
/** Of the names in one COPY, each of which stands there twice, so that its text stays far below Snowflake's 1 MB. */
const MAX_NAME_BYTES = 300_000;

/** One container, and so one PUT and one COPY, for each so many bytes of files. */
export function putParts(
  transfer: Bare,
  stage: FileStage,
  containerSize: number,
): readonly TransferPartPlan[] {
  // The same files go to the same place with the same bytes, on every try and from every run.
  const folder = `${stage.folder(transfer.into.name)}${fingerprint(transfer, containerSize)}/`;
  return chunksOf(transfer.files, containerSize).map((files, n) => {
    const file = containerName(n);
    const name = transfer.into.name;
    return {
      files,
      statements: [
        { template: 'transfer/put', context: { source: `file://${file}`, folder } },
        {
          template: 'transfer/copy-container',
          context: { name, folder, file, columns: containerFields(transfer.columns) },
        },
      ],
    };
  });
}

/** The container of a part, as PUT and COPY name it. */
export function containerName(part: number): string {
  return `${part.toString().padStart(4, '0')}.avro`;
}

function fingerprint(transfer: Bare, containerSize: number): string {
  const files = transfer.files.map(({ index, key, etag, targets }) => [index, key, etag, targets]);
  return createHash('sha256')
    .update(JSON.stringify([files, transfer.columns, containerSize]))
    .digest('hex')
    .slice(0, 16);
}

/** Files that Snowflake reads itself. One COPY takes files that put the same columns into the same places. */
export function externalParts(transfer: Bare, prefix: string): readonly TransferPartPlan[] {
  const alike = new Map<string, TransferFile[]>();
  for (const file of transfer.files) {
    const shape = JSON.stringify([file.header, file.targets]);
    const files = alike.get(shape) ?? [];
    alike.set(shape, files);
    files.push(file);
  }
  return [...alike.values()].flatMap((files) =>
    namesOf(files).map((some) => ({
      files: some,
      statements: [{ template: 'transfer/copy-source', context: copyContext(transfer, some, prefix) }],
    })),
  );
}

function copyContext(transfer: Bare, files: readonly TransferFile[], prefix: string): object {
  const [first] = files;
  const columns = (first?.header ?? []).flatMap((column, n) => {
    const staged = transfer.columns[first?.targets[n] ?? -1];
    return staged === undefined ? [] : [{ ...staged, field: column.name }];
  });
  return {
    name: transfer.into.name,
    folder: '',
    columns,
    files: files.map(({ key, index }) => ({ key, index, path: withoutPrefix(key, prefix) })),
  };
}

/** What the URL of the stage already says. */
function withoutPrefix(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

function namesOf(files: readonly TransferFile[]): readonly (readonly TransferFile[])[] {
  const chunks: TransferFile[][] = [];
  let room = 0;
  for (const file of files) {
    const bytes = Buffer.byteLength(file.key);
    const last = chunks.at(-1);
    if (last === undefined || last.length >= MAX_NAMES || bytes > room) {
      chunks.push([file]);
      room = MAX_NAME_BYTES - bytes;
    } else {
      last.push(file);
      room -= bytes;
    }
  }
  return chunks;
}

/** The statements as they are sent, and above each part the files it brings in. */
export function describeTransfer(
  transfer: Omit<Transfer, 'preview'>,
  { transfer: { kind } }: Pick<SnowflakeSettings, 'transfer'>,
): string {
  const table = `${quoteIdentifier(transfer.into.schema)}.${quoteIdentifier(transfer.into.name)}`;
  const bytes = transfer.files.reduce((sum, file) => sum + file.size, 0);
  const how =
    kind === 'put'
      ? 'each part is one container, written below a temporary directory, put there and copied'
      : 'Snowflake reads the files from the stage on their bucket';
  return [
    `load ${transfer.files.length} Avro files (${bytes} bytes) into ${table}; ${how}`,
    ...(transfer.parts ?? []).flatMap((part) => [
      '',
      ...part.files.map(
        (file) => `  ${file.index}: ${JSON.stringify(file.key).slice(1, -1)} (${file.size} bytes)`,
      ),
      ...part.statements.map((statement) => `${statement.sql};`),
    ]),
  ].join('\n');
}
