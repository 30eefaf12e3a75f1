import { z } from 'zod';
import { bytesOfUnit } from '../../src/byte-units.js';
import type { Secret } from '../../src/config/types.js';
import type { ParsedSettings, SettingProblem } from '../../src/warehouse/contract.js';
import { type Credentials, NO_CREDENTIALS, credentialsProblem, readCredentials } from './credentials.js';

export interface BigQuerySettings {
  /** Project that holds the dataset and pays for the jobs. */
  readonly project: string;
  /** Of the dataset and the jobs, e.g. `US` or `europe-west1`. */
  readonly location: string;
  readonly credentials: Credentials<Secret>;
  /** Address of a service account whose rights are used instead of the caller's own. */
  readonly impersonate: string | undefined;
  /** `upload`: files go with the load job; `gcs`: through a Cloud Storage bucket. */
  readonly transfer:
    | { readonly kind: 'upload' }
    /** `prefix` is empty or ends in `/`. */
    | { readonly kind: 'gcs'; readonly bucket: string; readonly prefix: string };
  /** A query that would bill more bytes fails instead; undefined: no limit. */
  readonly maximumBytesBilled: bigint | undefined;
  /** Labels of all jobs. */
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: 'interactive' | 'batch';
  /** Hours after which BigQuery itself removes a staging table. */
  readonly stagingExpiryHours: number;
  /** Bytes of part files that go into one container, and so into one load job. */
  readonly loadChunk: bigint;
  /** US dollars for a TiB of bytes billed, for estimates and reports. */
  readonly pricePerTib: number;
  /** Address of an emulator that answers in place of Google, without a path; undefined: Google. */
  readonly apiEndpoint: string | undefined;
}

const LABEL_KEY = /^\p{Ll}[\p{Ll}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{N}_-]{0,63}$/u;
/** BigQuery takes 64; heapload adds its own. */
const MAX_LABELS = 60;
const EXPIRY = /^(\d{1,4})([hd])$/;
const DEFAULT_EXPIRY = '48h';
const DEFAULT_CHUNK = '2GB';
const MAX_EXPIRY_HOURS = 30 * 24;
const MIN_CHUNK = 1_000_000n;
/** BigQuery takes 15 TB a load job. */
const MAX_CHUNK = 4_000_000_000_000n;
const BYTES = /^(\d{1,18})\s*(|B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i;

const size = (example: string) =>
  z.union([z.number().int().positive().max(Number.MAX_SAFE_INTEGER), z.string().regex(BYTES)], {
    error: `expected a size such as ${example}, or a whole number of bytes`,
  });

const text = (error: string): z.ZodString => z.string({ error });

const shape = z.strictObject({
  project: text('expected the id of a Google Cloud project').regex(
    /^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    'expected the id of a Google Cloud project, e.g. acme-analytics',
  ),
  location: text('expected a location')
    .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'expected a location such as US, EU or europe-west1')
    .default('US'),
  credentials: text('expected application_default, the path of a key file, or the key itself as JSON text')
    .superRefine((value, context) => {
      const problem = credentialsProblem(value);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .default('application_default'),
  impersonate_service_account: text('expected the address of a service account')
    .regex(
      /^[^@\s]+@[^@\s]+\.gserviceaccount\.com$/,
      'expected an address such as loader@acme.iam.gserviceaccount.com',
    )
    .optional(),
  transfer: z.enum(['upload', 'gcs'], { error: 'expected upload or gcs' }).default('upload'),
  gcs_bucket: text('expected the name of a bucket')
    .regex(
      /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/,
      'expected the name of a bucket alone, without gs:// and without a folder',
    )
    .optional(),
  gcs_prefix: text('expected a folder in the bucket')
    .refine(
      (prefix) => !prefix.split('/').some((part) => part === '.' || part === '..') && !prefix.startsWith('/'),
      'expected a path that does not start with / and has no . or .. parts',
    )
    .optional(),
  maximum_bytes_billed: size('200GB').optional(),
  labels: z
    .record(
      z.string(),
      text('expected text').regex(LABEL_VALUE, 'expected up to 63 lower-case letters, digits, _ and -'),
      {
        error: 'expected label names with their values',
      },
    )
    .superRefine(checkLabels)
    .default({}),
  priority: z
    .enum(['interactive', 'batch'], { error: 'expected interactive or batch' })
    .default('interactive'),
  staging_expiry: text('expected a time such as 48h or 3d')
    .regex(EXPIRY, 'expected whole hours or days, e.g. 48h or 3d')
    .refine((value) => hoursOf(value) >= 1 && hoursOf(value) <= MAX_EXPIRY_HOURS, 'expected 1h to 30d')
    .default(DEFAULT_EXPIRY),
  load_chunk: size('2GB')
    .refine((value) => bytesOf(value) >= MIN_CHUNK && bytesOf(value) <= MAX_CHUNK, 'expected 1MB to 4TB')
    .default(DEFAULT_CHUNK),
  price_per_tib: z
    .number({ error: 'expected a number of US dollars' })
    .nonnegative('expected a number of US dollars')
    .default(6.25),
  api_endpoint: text('expected the address of an emulator')
    .regex(/^https?:\/\/[^/?#\s@]+$/, 'expected an address such as http://127.0.0.1:9050, without a path')
    .optional(),
});

/** What those settings are that a configuration says nothing about and the dialect depends on. */
export const DEFAULTS: Pick<BigQuerySettings, 'stagingExpiryHours' | 'transfer' | 'loadChunk'> = {
  stagingExpiryHours: hoursOf(DEFAULT_EXPIRY),
  transfer: { kind: 'upload' },
  loadChunk: bytesOf(DEFAULT_CHUNK),
};

export const bigquerySettingNames: readonly string[] = Object.keys(shape.shape);

/** Pure. Messages never show a value. */
export function parseBigQuerySettings(
  input: Readonly<Record<string, unknown>>,
  baseDirectory: string,
): ParsedSettings<BigQuerySettings> {
  const parsed = shape.safeParse(input);
  const found = parsed.success ? [] : parsed.error.issues.flatMap(settingProblems);
  const problems = [...found, ...crossProblems(input, found)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const { data } = parsed;
  return {
    ok: true,
    settings: {
      project: data.project,
      location: data.location,
      credentials: readCredentials(data.credentials, baseDirectory),
      impersonate: data.impersonate_service_account,
      transfer:
        data.transfer === 'upload'
          ? { kind: 'upload' }
          : { kind: 'gcs', bucket: data.gcs_bucket ?? '', prefix: folder(data.gcs_prefix ?? '') },
      maximumBytesBilled:
        data.maximum_bytes_billed === undefined ? undefined : bytesOf(data.maximum_bytes_billed),
      labels: data.labels,
      priority: data.priority,
      stagingExpiryHours: hoursOf(data.staging_expiry),
      loadChunk: bytesOf(data.load_chunk),
      pricePerTib: data.price_per_tib,
      apiEndpoint: data.api_endpoint,
    },
  };
}

/** What one key demands of another, found even when other keys are wrong. */
function crossProblems(
  input: Readonly<Record<string, unknown>>,
  found: readonly SettingProblem[],
): readonly SettingProblem[] {
  const given = (key: string): boolean => input[key] !== undefined;
  return [...credentialProblems(input), ...transferProblems(input, found, given)];
}

/** Requests without credentials go to an emulator, never to Google. */
function credentialProblems(input: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
  if (input['credentials'] !== NO_CREDENTIALS || input['api_endpoint'] !== undefined) return [];
  return [{ path: ['credentials'], message: 'none is for an emulator: it needs api_endpoint' }];
}

function transferProblems(
  input: Readonly<Record<string, unknown>>,
  found: readonly SettingProblem[],
  given: (key: string) => boolean,
): readonly SettingProblem[] {
  if (found.some(({ path }) => path[0] === 'transfer')) return [];
  if (input['transfer'] === 'gcs') {
    return given('gcs_bucket')
      ? []
      : [{ path: ['gcs_bucket'], message: 'transfer: gcs needs the name of a bucket' }];
  }
  return ['gcs_bucket', 'gcs_prefix']
    .filter((key) => given(key) && !found.some(({ path }) => path[0] === key))
    .map((key) => ({ path: [key], message: 'only used with transfer: gcs' }));
}

function checkLabels(labels: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const keys = Object.keys(labels);
  if (keys.length > MAX_LABELS) {
    context.addIssue({ code: 'custom', message: `expected at most ${MAX_LABELS} labels` });
  }
  for (const key of keys) {
    if (LABEL_KEY.test(key)) continue;
    const message = 'expected a name of up to 63 lower-case letters, digits, _ and -, starting with a letter';
    context.addIssue({ code: 'custom', path: [key], message });
  }
}

function settingProblems(issue: z.core.$ZodIssue): readonly SettingProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [key], message: `unknown key ${key}` }));
  }
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  return [{ path, message: issue.message }];
}

function hoursOf(expiry: string): number {
  const [, count = '0', unit] = EXPIRY.exec(expiry) ?? [];
  return Number(count) * (unit === 'd' ? 24 : 1);
}

function bytesOf(size: number | string): bigint {
  if (typeof size === 'number') return BigInt(size);
  const [, digits = '0', unit = ''] = BYTES.exec(size) ?? [];
  return BigInt(digits) * bytesOfUnit(unit);
}

function folder(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}
