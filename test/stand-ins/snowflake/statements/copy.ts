import {
  type DuckDBConnection,
  DuckDBDataChunk,
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  VARCHAR,
} from '@duckdb/node-api';
import { SnowflakeError, engineError, missingObject } from '../errors.js';
import { type Result, STATEMENT_TYPES, numberColumn, textColumn, statusResult } from '../results.js';
import { type StagedField, type StagedValue, readStagedRows } from '../staged-rows.js';
import { stringConstant } from '../sql/literals.js';
import { quoteEngineName } from '../sql/names.js';
import { rewrite } from '../sql/rewrite.js';
import type { StagedFile } from '../stages.js';
import { type Work, engineTable, mayOn, placeKey, placeOf, surroundings, tableExists } from './context.js';
import { type CopyStatement, readCopy } from './copy-syntax.js';
import { requireWarehouse } from './query.js';
import { findStage, shownFile, type StageAt } from './stage-files.js';

/** COPY INTO a table from a SELECT over Avro files of a stage: all of its files or none. */
export async function runCopy(work: Work): Promise<Result> {
  requireWarehouse(work);
  const copy = readCopy(work);
  const place = placeOf(work, copy.into, 'COPY');
  if (!tableExists(work, place)) throw missingObject('Table', placeKey(place));
  mayOn(work, 'INSERT', 'table', place);
  const at = findStage(work, copy.location, 'READ');
  const table = placeKey(place);
  const files = await chosenFiles(work, copy, at);
  const fresh = files.filter(
    ({ path }) => copy.force || !work.stages.wasLoaded(table, shownFile(at.stage, path)),
  );
  if (fresh.length === 0) return statusResult('Copy executed with 0 files processed.', STATEMENT_TYPES.copy);
  const rows: (string | null)[][] = [];
  await wholly(work, async () => {
    for (const file of fresh) {
      const name = shownFile(at.stage, file.path);
      const count = await copyFile(work, copy, engineTable(place), file, name);
      rows.push([name, 'LOADED', `${count}`, `${count}`, '1', '0', null, null, null, null]);
    }
  });
  for (const [name] of rows) work.stages.rememberLoad(table, name ?? '');
  return { columns: COLUMNS, rows, statementType: STATEMENT_TYPES.copy };
}

const COLUMNS = [
  textColumn('file'),
  textColumn('status'),
  numberColumn('rows_parsed'),
  numberColumn('rows_loaded'),
  numberColumn('error_limit'),
  numberColumn('errors_seen'),
  textColumn('first_error'),
  numberColumn('first_error_line'),
  numberColumn('first_error_character'),
  textColumn('first_error_column_name'),
];

async function chosenFiles(
  work: Work,
  copy: CopyStatement,
  { stage, path }: StageAt,
): Promise<readonly StagedFile[]> {
  if (copy.files === undefined) return await work.stages.list(stage, path);
  const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
  const there = await work.stages.list(stage, folder);
  return copy.files.map((name) => {
    const file = there.find((candidate) => candidate.path === `${folder}${name}`);
    if (file !== undefined) return file;
    const message = `Remote file '${shownFile(stage, `${folder}${name}`)}' was not found. There are several potential causes. The file might not exist. The required credentials may be missing or invalid. If you are running a copy command, please make sure files are not deleted when they are being loaded or files are not being loaded into two different tables concurrently with auto purge option.`;
    throw new SnowflakeError('091016', '22000', message);
  });
}

/** In a transaction of its own when none is open. */
async function wholly(work: Work, load: () => Promise<void>): Promise<void> {
  const { session } = work;
  if (session.transaction !== 'none') {
    await load();
    return;
  }
  await session.begin();
  try {
    await load();
    await session.commit();
  } catch (error) {
    await session.rollback();
    throw error;
  }
}

/** Gives the number of rows. */
async function copyFile(
  work: Work,
  copy: CopyStatement,
  table: string,
  file: StagedFile,
  shown: string,
): Promise<number> {
  const { connection } = work.session;
  const rows = await stageRows(connection, file.file);
  const fields = new Set(rows.fields.map(({ name }) => name));
  const around = {
    ...surroundings(work),
    staged: {
      // A field that the file lacks is NULL.
      field: (name: string) =>
        fields.has(name) ? `"f${rows.fields.findIndex((field) => field.name === name)}"` : 'NULL',
      words: {
        METADATA$FILENAME: stringConstant(file.path),
        METADATA$FILE_ROW_NUMBER: '"row"',
        $1: 'NULL',
      },
    },
  };
  try {
    const columns = copy.columns === undefined ? '' : `(${copy.columns.map(quoteEngineName).join(', ')})`;
    await connection.run(
      `INSERT INTO ${table} ${columns} SELECT ${rewrite(copy.items, around)} FROM temp.main."staged rows"`,
    );
    await connection.run('DROP TABLE temp.main."staged rows"');
  } catch (error) {
    throw fileError(error, work, shown);
  }
  return rows.count;
}

function fileError(error: unknown, work: Work, file: string): SnowflakeError {
  const said = engineError(error, work.sql);
  if (!said.code.startsWith('100')) return said;
  const message = `${said.message}\n  File '${file}', line 1, character 0\n  Row 1 starts at line 0\n  If you would like to continue loading when an error is encountered, use other values such as 'SKIP_FILE' or 'CONTINUE' for the ON_ERROR option.`;
  return new SnowflakeError(said.code, said.sqlState, message);
}

const TYPES: Readonly<Record<StagedField['engine'], DuckDBType>> = {
  VARCHAR,
  JSON: VARCHAR,
  BIGINT,
  DOUBLE,
  BOOLEAN,
};

const CHUNK = 2048;

/** Puts a file's rows into a table of the connection's own: their number from 1, then a column for each field. */
async function stageRows(
  connection: DuckDBConnection,
  file: string,
): Promise<{ readonly fields: readonly StagedField[]; readonly count: number }> {
  let fields: readonly StagedField[] = [];
  let count = 0;
  let chunk: StagedValue[][] = [];
  let flush = (): void => undefined;
  let close = (): void => undefined;
  await readStagedRows(
    file,
    async (header) => {
      fields = header;
      const columns = header.map(({ engine }, place) => `"f${place}" ${engine}`);
      await connection.run(
        `CREATE OR REPLACE TEMP TABLE "staged rows" (${['"row" BIGINT', ...columns].join(', ')})`,
      );
      const appender = await connection.createAppender('staged rows', 'main', 'temp');
      const types = [BIGINT, ...header.map(({ engine }) => TYPES[engine])];
      flush = () => {
        if (chunk.length === 0) return;
        const data = DuckDBDataChunk.create(types, chunk.length);
        data.setRows(chunk);
        appender.appendDataChunk(data);
        chunk = [];
      };
      close = () => {
        appender.closeSync();
      };
    },
    (values) => {
      count += 1;
      chunk.push([BigInt(count), ...values]);
      if (chunk.length === CHUNK) flush();
    },
  );
  flush();
  close();
  return { fields, count };
}
