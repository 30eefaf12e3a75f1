import pc from 'picocolors';
import { type HeaploadError, describePlace } from '../../errors.js';
import type { Note } from '../../plan/schedule-types.js';
import type { NodeResult } from '../../run/events.js';

type Colors = ReturnType<typeof pc.createColors>;

export function colors(enabled: boolean): Colors {
  return pc.createColors(enabled);
}

/** Code and message, then where and what to do, a line each; a stack trace only for our own bugs. */
export function formatError(error: HeaploadError, color: boolean): string {
  const c = colors(color);
  const place = describePlace(error.place);
  const lines = [
    `${c.red(`error ${error.code}`)}: ${error.message}`,
    ...(place === '' ? [] : [`  where: ${place}`]),
    `  next:  ${error.hint}`,
  ];
  if (error.code === 'BUG' && error.cause instanceof Error) lines.push(error.cause.stack ?? '');
  return `${lines.join('\n')}\n`;
}

export function formatNote(note: Note, color: boolean): string {
  const place = describePlace({
    ...(note.dumpId === undefined ? {} : { dump: note.dumpId }),
    ...(note.table === undefined ? {} : { table: note.table }),
  });
  return `${colors(color).yellow('note')}: ${place === '' ? '' : `${place}: `}${note.message}\n`;
}

/** How a model or a data test went, a line; of a failing test some of its rows, a line each. */
export function formatNode(result: NodeResult, color: boolean): string {
  const { kind, name, status, seconds, failures, rows, error } = result;
  const c = colors(color);
  const marks = {
    success: c.green('✓'),
    pass: c.green('✓'),
    warn: c.yellow('!'),
    fail: c.red('✗'),
    error: c.red('✗'),
    skipped: c.yellow('-'),
  };
  const head = `${marks[status]} ${kind.padEnd(5)} ${name}`;
  if (status === 'skipped') return `${head}  skipped: ${error?.message ?? ''}\n`;
  const found = failures !== undefined && failures > 0n ? `${count(failures, 'failing row')}, ` : '';
  const shown = rows.map((row) => {
    const values = Object.entries(row).map(
      ([column, value]) => `${column}=${value === null ? 'NULL' : String(value)}`,
    );
    return `    ${values.join('  ')}\n`;
  });
  return `${head}  ${found}${seconds.toFixed(2)} s\n${shown.join('')}`;
}

/** `1,234 rows`, `1 file`. */
export function count(n: number | bigint, noun: string): string {
  return `${n.toLocaleString('en-US')} ${noun}${Number(n) === 1 ? '' : 's'}`;
}

/** Bytes for people, powers of 1000: `512 B`, `12.3 kB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** A table of text: columns as wide as their widest cell, numbers to the right. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  color: boolean,
): string {
  if (rows.length === 0) return '';
  const widths = header.map((cell, n) => Math.max(cell.length, ...rows.map((row) => (row[n] ?? '').length)));
  const numeric = header.map((_, n) => rows.every((row) => /^[\d,.\-%]*( [kMGT]?B)?$/.test(row[n] ?? '')));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, n) => (numeric[n] === true ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0)))
      .join('  ')
      .trimEnd();
  return [colors(color).bold(line(header)), ...rows.map(line)].join('\n') + '\n';
}
