import { z } from 'zod';
import type { DialectName } from '../warehouse/contract.js';

/**
 * The shape of integration.yml as it is written, less the adapter's settings under `warehouse`. Messages of
 * checks say what is expected. What one key demands of another stands in the rules, so that the problems of a
 * file come out together.
 */

const text = z.string().min(1);
const globs = z.array(text);

const folder = text.regex(/^(?!~)/, 'expected a path without ~, e.g. ${HOME}/dumps');
const schemaName = text.regex(/^[A-Za-z_]\w*$/, 'expected letters, digits and _, not starting with a digit');
const bucketName = text.regex(
  /^(arn:.+|[^/:\s]+)$/,
  'expected the name alone, without s3:// and without a folder (that is source.prefix)',
);

const source = z.strictObject({
  type: z.enum(['s3', 'directory']).optional(),
  path: folder.optional(),
  bucket: bucketName.optional(),
  region: text.optional(),
  profile: text.optional(),
  role_arn: text
    .regex(/^arn:[\w-]+:iam::\d*:role\/.+$/, 'expected arn:aws:iam::<account>:role/<name>')
    .optional(),
  external_id: text.optional(),
  endpoint: text.regex(/^https?:\/\/[^/\s]+/, 'expected a URL such as http://127.0.0.1:9000').optional(),
  path_style: z.boolean().optional(),
  prefix: z
    .string()
    .refine((prefix) => !leavesItsRoot(prefix), 'expected a path without . and .. parts')
    .default(''),
  layout: z.enum(['manifests', 'files']).default('manifests'),
  patterns: z
    .array(
      text
        .refine((pattern) => pattern.split('{table}').length === 2, 'expected {table} in it exactly once')
        .refine(
          (pattern) => !/[{}]/.test(pattern.replaceAll('{table}', '')),
          'expected no braces other than {table}',
        )
        .refine(
          (pattern) => !pattern.startsWith('/') && !leavesItsRoot(pattern),
          'expected a path below source.prefix',
        )
        .refine(
          (pattern) => !/[^/]\*\*|\*\*[^/]/.test(pattern),
          'expected ** only as a part of its own between slashes',
        ),
    )
    .default([]),
  bucket_aliases: z.array(bucketName).default([]),
  start_date: z
    .string()
    .refine((day) => startOfDay(day) !== undefined, 'expected a day as YYYY-MM-DD')
    .optional(),
});

const warehouse = z.looseObject({
  type: z.custom<DialectName>().optional(),
  schema: schemaName.default('heap'),
});

const threads = z.int().min(1, 'expected 1 or more').max(64, 'expected 64 at most').default(4);

const tables = z.strictObject({
  include: globs.min(1).default(['*']),
  exclude: globs.default(['_event_metadata']),
  new_tables: z.enum(['load', 'ignore', 'fail']).default('load'),
  keys: z.record(z.string(), z.array(text).min(1)).default({}),
  rename: z
    .record(z.string(), text.regex(/^[a-z0-9_]+$/, 'expected lower-case letters, digits and _'))
    .default({}),
  threads,
});

const columns = z.strictObject({
  include: z.record(z.string(), globs).default({}),
  exclude: z.record(z.string(), globs).default({}),
  rename: z
    .record(
      z.string(),
      z.record(
        z.string(),
        text.regex(/^[A-Za-z_]\w*$/, 'expected letters, digits and _, not starting with a digit'),
      ),
    )
    .default({}),
  new_columns: z.enum(['add', 'ignore', 'fail']).default('add'),
  on_type_change: z.enum(['variant', 'fail']).default('variant'),
  timestamps: z
    .strictObject({
      columns: z.array(text).default(['time', 'session_time', 'joindate', 'last_modified']),
      as: z.enum(['timestamp', 'raw']).default('timestamp'),
    })
    .prefault({}),
});

const shippedModel = z.strictObject({
  enabled: z.boolean().default(true),
  materialized: z.enum(['view', 'table']).optional(),
});
const allEvents = shippedModel.extend({ columns: z.array(text).default([]) });
const shipped = z.strictObject({
  identity_map: shippedModel.prefault({}),
  resolved: shippedModel.prefault({}),
  all_events: allEvents.prefault({}),
  sessions: shippedModel.prefault({}),
  defined_properties: shippedModel.pick({ enabled: true }).prefault({}),
});

const models = z.strictObject({
  path: folder.default('models'),
  tests_path: folder.default('tests'),
  schema: schemaName.default('heap_models'),
  resolved_schema: schemaName.default('heap_resolved'),
  vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  threads,
  shipped: shipped.prefault({}),
  failing_rows: z.int().min(0, 'expected 0 or more').max(1000, 'expected 1000 at most').default(5),
  redact: globs.default(['email', 'identity', 'handle', 'ip']),
});

export const SHAPE = z.strictObject({
  name: text
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'expected up to 63 letters, digits, - and _')
    .default('heapload'),
  source: source.prefault({}),
  warehouse: warehouse.prefault({}),
  tables: tables.prefault({}),
  columns: columns.prefault({}),
  on_bad_file: z.enum(['fail', 'skip']).default('fail'),
  models: models.prefault({}),
});

/** integration.yml as written, with defaults; names as in the file. */
export type Written = z.infer<typeof SHAPE>;

/** Mappings that may stand empty (`tables:` with everything below it commented out). */
export const OPTIONAL_MAPPINGS: readonly (readonly string[])[] = [
  ['tables'],
  ['columns'],
  ['models'],
  ['tables', 'keys'],
  ['tables', 'rename'],
  ['columns', 'include'],
  ['columns', 'exclude'],
  ['columns', 'rename'],
  ['columns', 'timestamps'],
  ['models', 'vars'],
  ['models', 'shipped'],
  ...Object.keys(shipped.shape).map((name) => ['models', 'shipped', name]),
];

/** Known keys of each mapping whose keys are not names of the user's, by its path. */
export const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', Object.keys(SHAPE.shape)],
  ['source', Object.keys(source.shape)],
  ['tables', Object.keys(tables.shape)],
  ['columns', Object.keys(columns.shape)],
  ['columns.timestamps', ['columns', 'as']],
  ['models', Object.keys(models.shape)],
  ['models.shipped', Object.keys(shipped.shape)],
  ...Object.keys(shipped.shape).map((name): [string, readonly string[]] => [
    `models.shipped.${name}`,
    name === 'all_events'
      ? Object.keys(allEvents.shape)
      : Object.keys(shippedModel.shape).slice(0, name === 'defined_properties' ? 1 : undefined),
  ]),
]);

/** Microseconds since 1970 UTC of a day's first instant; undefined when it is not a day as YYYY-MM-DD. */
export function startOfDay(day: string): bigint | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const instant = new Date(`${day}T00:00:00Z`);
  // 30 February becomes a day of March instead of an invalid date.
  if (Number.isNaN(instant.getTime()) || instant.toISOString().slice(0, 10) !== day) return undefined;
  return BigInt(instant.getTime()) * 1000n;
}

function leavesItsRoot(path: string): boolean {
  return path.split('/').some((part) => part === '.' || part === '..');
}
