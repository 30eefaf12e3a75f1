import { colors, textTable } from '../../src/cli/reporters/format.js';
import type { ResultTable } from './database.js';
import type { DumpReport, LoadReport } from './load.js';
import type { DemoQuery } from './queries.js';

/** What each dump of the sample is there for; examples/README.md tells more. */
const CAPTIONS: ReadonlyMap<bigint, string> = new Map([
  [98n, 'the first delivery, every table in full'],
  [99n, 'new and changed rows, some of them sent twice, some without a key; a new property'],
  [101n, 'a number turns into text, an event is sent again in full, an event is new'],
  [102n, 'a table without files, a time that is no time'],
]);

export function describeDump(report: DumpReport, color: boolean): string {
  const c = colors(color);
  const caption = CAPTIONS.get(report.dumpId);
  const header = [
    'table',
    'how',
    'read',
    'inserted',
    'updated',
    'duplicates',
    'rejected',
    'rows now',
    'structure',
  ];
  const rows = report.loads.map(loadRow);
  const total = rows.length > 1 ? [totalRow(report.loads)] : [];
  return [
    `${c.bold(`Dump ${report.dumpId.toString()}`)}${caption === undefined ? '' : `: ${caption}`}\n`,
    indented(textTable(header, [...rows, ...total], color)),
    ...report.superseded.map((load) => `  ${load}: superseded\n`),
    ...report.nothing.map((load) => `  ${load}: no files, nothing to do\n`),
    ...(report.models > 0 ? [`  ${report.models} models built on top\n`] : []),
    ...report.notes.map((note) => `  ${c.yellow('note')}: ${note}\n`),
    '\n',
  ].join('');
}

export function describeQuery(query: DemoQuery, result: ResultTable, color: boolean): string {
  const c = colors(color);
  const sql = query.sql.split('\n').map((line) => c.dim(line));
  const table = result.rows.length === 0 ? 'no rows\n' : textTable(result.header, result.rows, color);
  return `${c.bold(query.title)}\n\n${indented(`${sql.join('\n')}\n`)}\n${indented(table)}\n`;
}

function loadRow(load: LoadReport): readonly string[] {
  const { counts } = load;
  const values = counts.valuesRejected > 0n ? [`${counts.valuesRejected.toString()} value rejected`] : [];
  const structure = load.createsTable ? ['new table'] : load.addedColumns.map((name) => `+ ${name}`);
  return [
    load.table,
    load.mode === 'merge' ? 'merged' : 'replaced',
    ...[counts.read, counts.inserted, counts.updated, counts.unchanged, counts.rejected].map(cell),
    counts.tableRows.toString(),
    [...structure, ...values].join(', '),
  ];
}

function totalRow(loads: readonly LoadReport[]): readonly string[] {
  const sum = (pick: (load: LoadReport) => bigint): string =>
    cell(loads.reduce((total, load) => total + pick(load), 0n));
  return [
    'together',
    '',
    sum(({ counts }) => counts.read),
    sum(({ counts }) => counts.inserted),
    sum(({ counts }) => counts.updated),
    sum(({ counts }) => counts.unchanged),
    sum(({ counts }) => counts.rejected),
    '',
    '',
  ];
}

/** A zero steps back, so that what happened stands out. */
function cell(count: bigint): string {
  return count === 0n ? '-' : count.toString();
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
