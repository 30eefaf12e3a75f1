import { EXIT } from '../../errors.js';
import { bigintOf, optionalBigint, optionalText, textOf } from '../../run/rows.js';
import { observe } from '../../run/observe.js';
import type { Row, Session } from '../../warehouse/contract.js';
import { type CommonOptions, type Workplace, openWorkplace, withSession } from '../common.js';
import type { Io } from '../io.js';
import { colors, textTable } from '../reporters/format.js';
import { jsonLine } from '../reporters/json.js';

/** `status`: what the ledger says. Reads only. */
export async function status(options: CommonOptions, io: Io): Promise<number> {
  const workplace = await openWorkplace(options, io);
  const report = await withSession(workplace, 'read', (session) => readStatus(session, workplace));
  if (options.json) io.stdout(jsonLine({ event: 'end', status: 'done', exit_code: EXIT.done, ...report }));
  else print(report, workplace, io);
  return EXIT.done;
}

interface StatusReport {
  readonly tables: readonly TableStatus[];
  readonly runs: readonly RunEntry[];
  readonly skipped_files: readonly {
    readonly table: string;
    readonly dump_id: bigint;
    readonly key: string;
    readonly reason: string;
  }[];
}

interface TableStatus {
  readonly table: string;
  /** Bookmark: the newest dump loaded, or in layout `files` the newest modification time in milliseconds. */
  readonly newest_loaded: bigint | null;
  readonly last_load: string | null;
  readonly loaded: bigint;
  readonly pending: bigint;
  readonly superseded: bigint;
  readonly excluded: bigint;
  readonly rows_rejected: bigint;
  readonly values_rejected: bigint;
}

interface RunEntry {
  readonly run_id: string;
  readonly status: string;
  readonly started: string | null;
  readonly finished: string | null;
  readonly loads_done: bigint | null;
  readonly loads_failed: bigint | null;
  readonly message: string | null;
}

async function readStatus(session: Session, workplace: Workplace): Promise<StatusReport> {
  const { dialect, queries } = workplace;
  const state = await observe(session, dialect, queries);
  const tables = state.ledgerTables.has('loads') ? await session.query(queries.tableStatus) : [];
  const runs = state.ledgerTables.has('runs') ? await session.query(queries.runs) : [];
  return {
    tables: tables.map(tableStatus),
    runs: runs.map(runEntry),
    skipped_files: state.ledger.skippedFiles.map(({ table, dumpId, key, reason }) => ({
      table,
      dump_id: dumpId,
      key,
      reason,
    })),
  };
}

function tableStatus(row: Row): TableStatus {
  return {
    table: textOf(row, 'table_name'),
    newest_loaded: optionalBigint(row, 'newest_loaded') ?? null,
    last_load: instant(row, 'finished_at'),
    loaded: bigintOf(row, 'loaded'),
    pending: bigintOf(row, 'pending'),
    superseded: bigintOf(row, 'superseded'),
    excluded: bigintOf(row, 'excluded'),
    rows_rejected: bigintOf(row, 'rows_rejected'),
    values_rejected: bigintOf(row, 'values_rejected'),
  };
}

function runEntry(row: Row): RunEntry {
  return {
    run_id: textOf(row, 'run_id'),
    status: textOf(row, 'status'),
    started: instant(row, 'started_at'),
    finished: instant(row, 'finished_at'),
    loads_done: optionalBigint(row, 'loads_done') ?? null,
    loads_failed: optionalBigint(row, 'loads_failed') ?? null,
    message: optionalText(row, 'message') ?? null,
  };
}

function instant(row: Row, name: string): string | null {
  const micros = optionalBigint(row, name);
  return micros === undefined ? null : new Date(Number(micros / 1000n)).toISOString();
}

function print(report: StatusReport, workplace: Workplace, io: Io): void {
  const { config, dialect } = workplace;
  const c = colors(io.color.stdout);
  if (report.tables.length === 0) {
    io.stdout(`Nothing is loaded yet into ${dialect.name}, schema ${config.warehouse.schema}.\n`);
    return;
  }
  const bookmark = config.source.layout === 'files' ? 'newest file (ms)' : 'newest dump';
  const header = [
    'table',
    bookmark,
    'last load',
    'loaded',
    'pending',
    'superseded',
    'rejected rows',
    'rejected values',
  ];
  const rows = report.tables
    .filter((table) => table.loaded + table.pending > 0n)
    .map((table) => [
      table.table,
      table.newest_loaded?.toString() ?? '-',
      table.last_load ?? '-',
      ...[table.loaded, table.pending, table.superseded, table.rows_rejected, table.values_rejected].map(
        String,
      ),
    ]);
  io.stdout(textTable(header, rows, io.color.stdout));
  for (const file of report.skipped_files) {
    io.stdout(
      `${c.yellow('skipped')} ${file.table}, dump ${file.dump_id.toString()}: ${file.key}: ${file.reason}\n`,
    );
  }
  const runs = report.runs.map((run) => [
    run.run_id,
    run.status,
    run.started ?? '-',
    run.loads_done?.toString() ?? '-',
    run.loads_failed?.toString() ?? '-',
  ]);
  io.stdout(`\n${textTable(['run', 'status', 'started', 'loads', 'failed'], runs, io.color.stdout)}`);
}
