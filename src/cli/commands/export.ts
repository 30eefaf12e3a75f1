import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, HeaploadError } from '../../errors.js';
import { DBT_SOURCES_MARK, dbtSources } from '../../export/dbt-sources.js';
import { relationKey } from '../../models/catalog.js';
import { loadedTables } from '../../models/tables.js';
import { observe } from '../../run/observe.js';
import { catalogOf, prepareProject } from '../../run/prepare-models.js';
import { type CommonOptions, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { jsonLine } from '../reporters/json.js';

export type ExportOptions = CommonOptions & {
  readonly what: 'dbt';
  readonly output: string;
};

/** `export dbt`: a file of sources for dbt over what stands in the warehouse. Changes nothing there. */
export async function exportCommand(options: ExportOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const { config, dialect, queries } = workplace;
  const context = { ...workplace, scope: { tables: undefined, toDump: undefined }, signal: io.signal };
  const { state, catalog } = await withSession(workplace, 'read', async (session) => ({
    state: await observe(session, dialect, queries),
    catalog: await catalogOf(context, session),
  }));
  const tables = loadedTables(state, config.tables);
  if (tables.length === 0) {
    throw new HeaploadError('TABLE_UNKNOWN', 'There are no loaded tables to describe.', {
      hint: 'Load some first: heapload run',
    });
  }
  const { graph } = await prepareProject(context, state);
  const built = graph.models.filter(
    ({ origin, relation }) => origin === 'shipped' && catalog.relations.has(relationKey(relation)),
  );
  const text = dbtSources({ dialect, schema: config.warehouse.schema, tables, built });
  writeExport(options.output, text);
  const count = tables.length + built.length;
  if (options.json) {
    io.stdout(
      jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, file: options.output, tables: count }),
    );
  } else io.stdout(`${options.output}: ${count} tables\n`);
  return EXIT.done;
}

/** Writes over what it has written before, and over nothing else. */
function writeExport(file: string, text: string): void {
  if (existsSync(file) && !readFileSync(file, 'utf8').startsWith(DBT_SOURCES_MARK)) {
    throw new HeaploadError('USAGE', `${file} is there already, and was not written by this command.`, {
      hint: 'Give another file: heapload export dbt --output dbt/models/sources.yml',
      place: { file },
    });
  }
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, text);
}
