import { HeaploadError } from '../errors.js';

/** Which keys below the source's prefix are data files, and of which table. */
export interface FilePattern {
  /** Every key that matches starts with this. */
  readonly head: string;
  /** The table a key (below the prefix) belongs to; undefined when the key is not one of this pattern's. */
  tableOf(key: string): string | undefined;
}

/** Layout `files` without patterns: every `.avro` object under `sync_<n>/<table>/`, at any depth. */
export const DEFAULT_PATTERN: FilePattern = {
  head: 'sync_',
  tableOf: (key) => /^sync_[0-9]+\/([^/]+)\/.*[^/]\.avro$/s.exec(key)?.[1],
};

const MARK = /\{table\}|(?:\*\*\/)+|\*+/g;

/**
 * Compiles a pattern such as `exports/{table}/part-*.avro`: `{table}` stands for the table's name, a part of one path
 * segment (as long as possible); `*` for anything within a segment; a segment `**` for any number of segments, also
 * none. All else is literal. Throws `CONFIG_INVALID` unless `{table}` stands there exactly once.
 */
export function compilePattern(pattern: string): FilePattern {
  if (pattern.split('{table}').length !== 2) {
    throw invalidPattern(pattern, 'it must have {table} exactly once');
  }
  if (pattern.split('/').some((segment) => segment.includes('**') && segment !== '**')) {
    throw invalidPattern(pattern, '** must stand alone between slashes');
  }
  let source = '';
  let from = 0;
  for (const match of pattern.matchAll(MARK)) {
    source += escapeLiteral(pattern.slice(from, match.index)) + markSource(match[0]);
    from = match.index + match[0].length;
  }
  const regex = new RegExp(`^${source}${escapeLiteral(pattern.slice(from))}$`, 's');
  return {
    head: pattern.slice(0, pattern.search(/\{table\}|\*/)),
    tableOf: (key) => regex.exec(key)?.[1],
  };
}

function markSource(mark: string): string {
  if (mark === '{table}') return '([^/]+)';
  if (mark.endsWith('/')) return '(?:[^/]+/)*';
  return mark === '**' ? '.+' : '[^/]*';
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

function invalidPattern(pattern: string, reason: string): HeaploadError {
  return new HeaploadError(
    'CONFIG_INVALID',
    `source.patterns: ${JSON.stringify(pattern)} cannot be used: ${reason}.`,
    {
      hint: 'A pattern looks like "exports/{table}/**/*.avro".',
    },
  );
}
