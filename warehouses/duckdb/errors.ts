import { HeaploadError } from '../../src/errors.js';

/** What DuckDB threw while opening a file, as one of our errors. */
export function openError(error: unknown, path: string): HeaploadError {
  const message = textOf(error);
  const holder = /PID (\d+)/.exec(message)?.[1];
  if (/lock on file|already (attached|open)|different configuration/i.test(message)) {
    const who = holder === undefined ? 'Another process' : `Process ${holder}`;
    return new HeaploadError('LEASE_HELD', `${who} has ${path} open.`, {
      place: { file: path },
      hint: 'DuckDB lets one process write at a time. Wait until it has finished, or close the program that holds the file.',
      cause: error,
    });
  }
  return new HeaploadError('WAREHOUSE_UNAVAILABLE', `DuckDB cannot open ${path}: ${firstLine(message)}`, {
    place: { file: path },
    hint: 'Check that the path is right, its folder exists and is writable, and the file is a DuckDB database.',
    cause: error,
  });
}

/** What DuckDB threw while it worked on a statement. */
export function statementError(error: unknown, sql: string): HeaploadError {
  if (error instanceof HeaploadError) return error;
  const message = textOf(error);
  if (/out of memory/i.test(message)) {
    return new HeaploadError('WAREHOUSE_UNAVAILABLE', `DuckDB ran out of memory: ${firstLine(message)}`, {
      hint: 'Raise warehouse.memory_limit. With warehouse.threads: 1 wide tables need less.',
      cause: error,
    });
  }
  if (/no space left|could not write/i.test(message)) {
    return new HeaploadError('WAREHOUSE_UNAVAILABLE', `DuckDB cannot write: ${firstLine(message)}`, {
      hint: 'Make room on the disk of the database file and run again.',
      cause: error,
    });
  }
  return new HeaploadError('SQL_FAILED', `${firstLine(message)} (in: ${firstLine(sql)} …)`, {
    hint: 'Nothing of this load was committed. If the tables were changed by hand, undo that; otherwise please report it.',
    cause: error,
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
