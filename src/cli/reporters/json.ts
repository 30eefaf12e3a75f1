import { type HeaploadError, describePlace } from '../../errors.js';
import type { LoadFailure, Note } from '../../plan/schedule-types.js';
import type { LoadIdentity, NodeResult, NodeStatus, RunEvent, RunResult } from '../../run/events.js';

/** One JSON object a line. Integers that can pass 2^53 are strings of digits. A stream has exactly one `end`. */
export function jsonLine(event: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(event, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return `${text}\n`;
}

/** The end of a command that stopped with an error of its own. */
export function jsonEnd(error: HeaploadError, exitCode: number): string {
  const status = error.code === 'INTERRUPTED' ? 'interrupted' : 'failed';
  return jsonLine({ event: 'end', status, exit_code: exitCode, error: jsonError(error) });
}

export function jsonRunEnd(result: RunResult, exitCode: number): string {
  return jsonLine({
    event: 'end',
    status: result.status,
    exit_code: exitCode,
    loads_done: result.loadsDone,
    failures: result.failures.map(jsonFailure),
    models: countNodes(result.nodes, 'model', ['success', 'error', 'skipped']),
    tests: countNodes(result.nodes, 'test', ['pass', 'warn', 'fail', 'error', 'skipped']),
    ...(result.error === undefined ? {} : { error: jsonError(result.error) }),
  });
}

export function jsonRunEvent(event: RunEvent): string {
  switch (event.kind) {
    case 'planned':
      return jsonLine({ event: 'planned', loads: event.loads, files: event.files, bytes: event.bytes });
    case 'note':
      return jsonLine({ event: 'note', ...jsonNote(event.note) });
    case 'failure':
      return jsonLine({ event: 'failure', ...jsonFailure(event.failure) });
    case 'operation': {
      const { operation } = event;
      const what = operation.kind === 'transfer' ? { transfer: operation.preview } : { sql: operation.sql };
      return jsonLine({
        event: 'operation',
        ...(event.load === undefined ? {} : { load_id: event.load.loadId }),
        ...(event.model === undefined ? {} : { model: event.model }),
        ...what,
      });
    }
    case 'load-started':
      return jsonLine({
        event: 'load_started',
        ...jsonLoad(event.load),
        files: event.files,
        bytes: event.bytes,
        creates_table: event.createsTable,
        added_columns: event.addedColumns,
      });
    case 'load-progress':
      return jsonLine({
        event: 'load_progress',
        ...jsonLoad(event.load),
        files: event.files,
        rows: event.rows,
        bytes: event.bytes,
      });
    case 'load-done': {
      const { counts } = event;
      return jsonLine({
        event: 'load_done',
        ...jsonLoad(event.load),
        rows_read: counts.read,
        rows_inserted: counts.inserted,
        rows_updated: counts.updated,
        rows_unchanged: counts.unchanged,
        rows_filtered: counts.filtered,
        rows_rejected: counts.rejected,
        values_rejected: counts.valuesRejected,
        table_rows: counts.tableRows,
        ...(event.bytesBilled === undefined ? {} : { bytes_billed: event.bytesBilled }),
      });
    }
    case 'models-planned':
      return jsonLine({
        event: 'models_planned',
        models: event.plan.models.length,
        tests: event.plan.tests.length,
      });
    case 'node-started':
      return jsonLine({ event: `${event.node.kind}_started`, [event.node.kind]: event.node.name });
    case 'node-done':
      return jsonLine({ event: `${event.result.kind}_done`, ...jsonNode(event.result) });
    default:
      return event satisfies never;
  }
}

/** How a model or a data test went. */
function jsonNode(result: NodeResult): Readonly<Record<string, unknown>> {
  const { kind, name, status, seconds, failures, rows, error } = result;
  return {
    [kind]: name,
    status,
    seconds,
    ...(kind === 'test' ? { failures: failures ?? null, rows } : {}),
    ...(error === undefined ? {} : jsonError(error)),
  };
}

function countNodes(
  nodes: readonly NodeResult[],
  kind: NodeResult['kind'],
  statuses: readonly NodeStatus[],
): Readonly<Record<string, number>> {
  const of = nodes.filter((node) => node.kind === kind);
  return Object.fromEntries(
    statuses.map((status) => [status, of.filter((node) => node.status === status).length]),
  );
}

export function jsonFailure(failure: LoadFailure): Readonly<Record<string, unknown>> {
  return { dump_id: failure.dumpId ?? null, table: failure.table ?? null, ...jsonError(failure.error) };
}

/** One question of `check` and its answer. */
export function jsonCheck(
  part: string,
  what: string,
  error: HeaploadError | undefined,
): Readonly<Record<string, unknown>> {
  return { part, what, ok: error === undefined, ...(error === undefined ? {} : jsonError(error)) };
}

export function jsonNote(note: Note): Readonly<Record<string, unknown>> {
  return { dump_id: note.dumpId ?? null, table: note.table ?? null, message: note.message };
}

function jsonLoad(load: LoadIdentity): Readonly<Record<string, unknown>> {
  return { load_id: load.loadId, dump_id: load.dumpId, table: load.table, mode: load.mode };
}

function jsonError(error: HeaploadError): Readonly<Record<string, unknown>> {
  return { code: error.code, message: error.message, where: describePlace(error.place), next: error.hint };
}
