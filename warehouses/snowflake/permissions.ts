import { randomBytes } from 'node:crypto';
import { HeaploadError } from '../../src/errors.js';
import type { Permission } from '../../src/warehouse/contract.js';
import { refusal } from './errors.js';
import { fileStage } from './file-stage.js';
import { literal, quoteIdentifier } from './quoting.js';
import type { Answer } from './send.js';
import type { SnowflakeSettings } from './settings.js';
import { openSpool } from './spool.js';

type Ask = (sql: string, directory?: string) => Promise<Answer>;

/** Statements that a permission allows, the GRANT that gives it, and what removes what they made. */
interface Trial {
  readonly what: string;
  readonly grant: string;
  readonly statements: readonly string[];
  readonly undo?: string;
}

/**
 * Tries each permission by using it, on things of a name nobody else has, and removes them again: what SHOW GRANTS
 * says of a role leaves out what other roles pass on to it.
 */
export async function probe(
  { schema, models }: { readonly schema: string; readonly models: readonly string[] },
  settings: SnowflakeSettings,
  ask: Ask,
): Promise<readonly Permission[]> {
  const { columns, rows } = await ask('SELECT CURRENT_ROLE() AS "ROLE", CURRENT_DATABASE() AS "DATABASE"');
  const place = columns.findIndex((column) => column.getName() === 'ROLE');
  const role = quoted(rows[0]?.[place]);
  const permissions: Permission[] = [];
  const tryAll = async (name: string, trialsIn: TrialsIn): Promise<void> => {
    const found = await ask(
      `SELECT "SCHEMA_NAME" FROM INFORMATION_SCHEMA.SCHEMATA WHERE "SCHEMA_NAME" = UPPER(${literal(name)})`,
    );
    const trials =
      found.rows.length === 0 ? [newSchema(name, settings, role)] : trialsIn(name, settings, role);
    for (const trial of trials) permissions.push(await attempt(trial, settings, ask));
  };
  await tryAll(schema, inSchema);
  for (const each of models) await tryAll(each, forModels);
  return permissions;
}

/** What is tried in a schema that is there; `role` quoted. */
type TrialsIn = (schema: string, settings: SnowflakeSettings, role: string) => readonly Trial[];

/** Names that a role shows in the catalog are as stored. */
function quoted(name: unknown): string {
  return typeof name === 'string' ? `"${name.replaceAll('"', '""')}"` : '<your role>';
}

const probeName = (): string => quoteIdentifier(`_heapload_probe_${randomBytes(6).toString('hex')}`);

function newSchema(schema: string, { database }: SnowflakeSettings, role: string): Trial {
  const name = probeName();
  return {
    what: `create schema ${schema} in database ${database}`,
    grant: `GRANT CREATE SCHEMA ON DATABASE ${database} TO ROLE ${role}; or create it yourself: CREATE SCHEMA ${quoteIdentifier(schema)};`,
    statements: [`CREATE TRANSIENT SCHEMA ${name}`],
    undo: `DROP SCHEMA IF EXISTS ${name}`,
  };
}

function inSchema(schema: string, settings: SnowflakeSettings, role: string): readonly Trial[] {
  const where = `${settings.database}.${quoteIdentifier(schema)}`;
  return [tableTrial(schema, where, role), ...stageTrials(schema, settings, role, where)];
}

function tableTrial(schema: string, where: string, role: string): Trial {
  const table = `${quoteIdentifier(schema)}.${probeName()}`;
  return {
    what: `create tables in schema ${schema}`,
    grant: `GRANT USAGE, CREATE TABLE ON SCHEMA ${where} TO ROLE ${role};`,
    statements: [`CREATE TRANSIENT TABLE ${table} ("A" NUMBER(38,0))`],
    undo: `DROP TABLE IF EXISTS ${table}`,
  };
}

function forModels(schema: string, { database }: SnowflakeSettings, role: string): readonly Trial[] {
  const where = `${database}.${quoteIdentifier(schema)}`;
  const view = `${quoteIdentifier(schema)}.${probeName()}`;
  return [
    tableTrial(schema, where, role),
    {
      what: `create views in schema ${schema}`,
      grant: `GRANT USAGE, CREATE VIEW ON SCHEMA ${where} TO ROLE ${role};`,
      statements: [`CREATE VIEW ${view} AS SELECT 1 AS "A"`],
      undo: `DROP VIEW IF EXISTS ${view}`,
    },
  ];
}

function stageTrials(
  schema: string,
  settings: SnowflakeSettings,
  role: string,
  where: string,
): readonly Trial[] {
  const { kind, stage } = settings.transfer;
  const files = fileStage(settings);
  const folder = files.folder(`_heapload_probe_${randomBytes(6).toString('hex')}`);
  if (kind === 'external') {
    return [
      {
        what: `read through stage ${stage}`,
        grant: `GRANT USAGE ON STAGE ${stage} TO ROLE ${role}; and let the storage integration of the stage read the bucket`,
        statements: [`LIST ${files.location(schema, folder)}`],
      },
    ];
  }
  if (stage === undefined) {
    const name = `${quoteIdentifier(schema)}.${probeName()}`;
    return [
      {
        what: `create stages in schema ${schema}`,
        grant: `GRANT CREATE STAGE ON SCHEMA ${where} TO ROLE ${role};`,
        statements: [`CREATE STAGE ${name}`],
        undo: `DROP STAGE IF EXISTS ${name}`,
      },
    ];
  }
  const location = files.location(schema, folder);
  return [
    {
      what: `put files into stage ${stage} and remove them`,
      grant: `GRANT READ, WRITE ON STAGE ${stage} TO ROLE ${role};`,
      statements: [`PUT 'file://${PROBE_FILE}' ${location} AUTO_COMPRESS = FALSE OVERWRITE = TRUE`],
      undo: `REMOVE ${location}`,
    },
  ];
}

const PROBE_FILE = 'probe.txt';

async function attempt(trial: Trial, settings: SnowflakeSettings, ask: Ask): Promise<Permission> {
  const { what, grant, statements, undo } = trial;
  const spoolDirectory = settings.transfer.kind === 'put' ? settings.transfer.spoolDirectory : undefined;
  const spool = await openSpool(spoolDirectory);
  try {
    await spool.write(PROBE_FILE, probeContent(), new AbortController().signal);
    for (const sql of statements) await ask(sql, spool.directory);
    if (undo !== undefined) await ask(undo);
    return { what };
  } catch (error) {
    if (error instanceof HeaploadError) throw error;
    return { what, error: refusal(error, grant, statements[0] ?? '', settings) };
  } finally {
    await spool.close();
  }
}

async function* probeContent(): AsyncGenerator<Uint8Array, void, undefined> {
  yield await Promise.resolve(Buffer.from('heapload tries whether it may put files here\n'));
}
