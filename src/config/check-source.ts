import type { ProblemList } from './problem-list.js';
import type { Written } from './shape.js';

type WrittenSource = Written['source'];

const DIRECTORY_ONLY = ['path'] as const;
const S3_ONLY = ['region', 'profile', 'role_arn', 'external_id', 'endpoint', 'path_style'] as const;

/** What the keys under `source` demand of each other. */
export function checkSource(source: WrittenSource, problems: ProblemList): void {
  const add = (key: string, message: string, part: 'value' | 'key' = 'value'): void => {
    problems.add(['source', key], `source.${key} ${message}`, part);
  };
  checkType(source, add);
  if (source.external_id !== undefined && source.role_arn === undefined) {
    add('external_id', 'is given without role_arn; expected the role that it belongs to', 'key');
  }
  if (source.layout === 'manifests' && source.patterns.length > 0) {
    add('patterns', 'only counts with layout: files; expected that layout, or no patterns', 'key');
  }
  if (source.bucket_aliases.length > 0 && source.type === 'directory' && source.bucket === undefined) {
    add(
      'bucket_aliases',
      'only counts with a bucket; without one a directory takes the URIs of every bucket',
      'key',
    );
  }
}

function checkType(source: WrittenSource, add: (key: string, message: string, part?: 'key') => void): void {
  const { type } = source;
  if (type === undefined) {
    add('type', 'is missing; expected s3 or directory');
    return;
  }
  const foreign = type === 's3' ? DIRECTORY_ONLY : S3_ONLY;
  for (const key of foreign) {
    if (source[key] === undefined) continue;
    const other = type === 's3' ? 'directory' : 's3';
    add(key, `is a setting of type ${other}; this source is of type ${type}`, 'key');
  }
  if (type === 's3' && source.bucket === undefined) add('bucket', "is missing; expected the bucket's name");
  if (type === 'directory' && source.path === undefined)
    add('path', 'is missing; expected the folder with the dumps');
}
