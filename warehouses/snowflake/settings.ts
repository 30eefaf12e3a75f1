import path from 'node:path';
import { z } from 'zod';
import type { ParsedSettings, SettingProblem } from '../../src/warehouse/contract.js';
import {
  AUTHENTICATORS,
  type Authentication,
  IDENTITY_PROVIDERS,
  loginProblems,
  readLogin,
} from './authentication.js';
import { clusterBy } from './cluster-by.js';

export interface SnowflakeSettings {
  /** Account identifier, e.g. `acme-analytics` or `xy12345.eu-central-1`. */
  readonly account: string;
  readonly user: string;
  readonly authentication: Authentication;
  /** Undefined: the user's default role. */
  readonly role: string | undefined;
  /** The virtual warehouse that does the work. */
  readonly warehouse: string;
  readonly database: string;
  readonly transfer: TransferSettings;
  /** Final table name → columns that a new table of that name is clustered by, in order. */
  readonly clusterBy: Readonly<Record<string, readonly string[]>>;
  /** The user's own words among what the query tag says. */
  readonly queryTag: string | undefined;
  /** Instead of the account's own endpoint. */
  readonly accessUrl: string | undefined;
  /** Seconds after which Snowflake stops a statement; undefined: the account's own limit. */
  readonly statementTimeout: number | undefined;
}

/** How files come into the warehouse. */
export type TransferSettings =
  /** Through containers that are put into `stage`, or into one of heapload's own when it is undefined. */
  | {
      readonly kind: 'put';
      readonly stage: string | undefined;
      /** Bytes of files that make one container. */
      readonly containerBytes: number;
      /** Absolute; undefined: the system's directory for temporary files. */
      readonly spoolDirectory: string | undefined;
    }
  /** Snowflake reads them through a stage on the source's bucket. */
  | {
      readonly kind: 'external';
      readonly stage: string;
      /** The beginning of the keys that the URL of the stage says already; empty when it names the bucket alone. */
      readonly prefix: string;
    };

/** Snowflake loads files of 100 to 250 MB best. */
export const CONTAINER_BYTES = 200_000_000;

const NAME = /^("(?:[^"]|"")+"|[A-Za-z_][\w$]*)$/;
const STAGE = /^(?:(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)\.){0,2}(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)$/;
const WEEK_SECONDS = 604_800;

const text = (error: string): z.ZodString => z.string({ error });
const secret = (what: string): z.ZodString =>
  text(`expected ${what}`).min(1, `expected ${what}; it is empty`);
const identifier = (what: string): z.ZodString =>
  text(`expected ${what}`).regex(
    NAME,
    `expected ${what}: letters, digits, _ and $, or a name in double quotes`,
  );

const shape = z.strictObject({
  account: text('expected the account identifier')
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'expected the account identifier alone, e.g. acme-analytics')
    .refine(
      (account) => !/snowflakecomputing\.(com|cn)$/i.test(account),
      'expected the account identifier alone, without .snowflakecomputing.com',
    ),
  user: text('expected the name of a user').min(1, 'expected the name of a user'),
  role: identifier('the name of a role').optional(),
  warehouse: identifier('the name of a virtual warehouse'),
  database: identifier('the name of a database'),
  authenticator: z.enum(AUTHENTICATORS, { error: `expected ${AUTHENTICATORS.join(', ')}` }).optional(),
  private_key_path: text('expected the path of a PEM file')
    .regex(/^[^~]/, 'expected a path without ~, e.g. ${HOME}/key.p8')
    .optional(),
  private_key_passphrase: secret('the passphrase of the private key').optional(),
  password: secret('a password').optional(),
  token: secret('a token').optional(),
  workload_identity_provider: z
    .enum(IDENTITY_PROVIDERS, { error: `expected ${IDENTITY_PROVIDERS.join(', ')}` })
    .optional(),
  transfer: z.enum(['put', 'external'], { error: 'expected put or external' }).default('put'),
  stage: text('expected the name of a stage')
    .regex(STAGE, 'expected the name of a stage without @ and without a path')
    .optional(),
  stage_prefix: text('expected the beginning of the keys that the URL of the stage covers').optional(),
  container_size: text('expected a size such as 200MB')
    .regex(/^[1-9]\d{0,3}\s*MB$/i, 'expected a size such as 200MB, from 1MB to 9999MB')
    .optional(),
  spool_directory: text('expected the path of a directory')
    .min(1, 'expected the path of a directory')
    .optional(),
  cluster_by: clusterBy.optional(),
  query_tag: text('expected text')
    .max(500, 'expected at most 500 characters')
    .regex(/^\P{Cc}*$/u, 'expected text without control characters')
    .optional(),
  access_url: text('expected a URL')
    .regex(
      /^(https:\/\/[\w.-]+|http:\/\/(127\.0\.0\.1|localhost))(:\d+)?$/,
      'expected https:// with a host, and a port if need be; http:// for this machine alone',
    )
    .optional(),
  statement_timeout: z
    .number({ error: 'expected a whole number of seconds' })
    .int('expected a whole number of seconds')
    .min(1, 'expected at least 1 second')
    .max(WEEK_SECONDS, `expected at most ${WEEK_SECONDS} seconds, a week`)
    .optional(),
});

export const snowflakeSettingNames: readonly string[] = Object.keys(shape.shape);

/** Pure. Messages never show a value. */
export function parseSnowflakeSettings(
  input: Readonly<Record<string, unknown>>,
  baseDirectory: string,
): ParsedSettings<SnowflakeSettings> {
  const parsed = shape.safeParse(input);
  const found = parsed.success ? [] : parsed.error.issues.flatMap(settingProblems);
  const problems = [...found, ...crossProblems(input, found)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems };
  const { data } = parsed;
  const absolute = (file: string): string => path.resolve(baseDirectory, file);
  return {
    ok: true,
    settings: {
      account: data.account,
      user: data.user,
      authentication: readLogin(data, absolute),
      role: data.role,
      warehouse: data.warehouse,
      database: data.database,
      transfer: readTransfer(data, absolute),
      clusterBy: data.cluster_by ?? {},
      queryTag: data.query_tag,
      accessUrl: data.access_url,
      statementTimeout: data.statement_timeout,
    },
  };
}

/** What one key demands of another, found even when other keys are wrong; a key gets one problem. */
function crossProblems(
  input: Readonly<Record<string, unknown>>,
  found: readonly SettingProblem[],
): readonly SettingProblem[] {
  const login = {
    authenticator: input['authenticator'],
    private_key_path: input['private_key_path'],
    private_key_passphrase: input['private_key_passphrase'],
    password: input['password'],
    token: input['token'],
    workload_identity_provider: input['workload_identity_provider'],
  };
  return [...loginProblems(login), ...transferProblems(input)].filter(
    ({ path: [key] }) => !found.some((problem) => problem.path[0] === key),
  );
}

function transferProblems(input: Readonly<Record<string, unknown>>): readonly SettingProblem[] {
  const isExternal = input['transfer'] === 'external';
  const foreign = isExternal ? ['container_size', 'spool_directory'] : ['stage_prefix'];
  const unused = foreign
    .filter((key) => input[key] !== undefined)
    .map((key) => ({
      path: [key],
      message: `not used with transfer: ${isExternal ? 'external' : 'put'}`,
    }));
  const missing = {
    path: ['stage'],
    message: 'transfer: external needs a stage on the bucket of the source',
  };
  return isExternal && input['stage'] === undefined ? [missing, ...unused] : unused;
}

function readTransfer(data: z.infer<typeof shape>, absolute: (file: string) => string): TransferSettings {
  const { stage, container_size: size, spool_directory: spool } = data;
  if (data.transfer === 'external') {
    return { kind: 'external', stage: stage ?? '', prefix: data.stage_prefix ?? '' };
  }
  return {
    kind: 'put',
    stage,
    containerBytes: size === undefined ? CONTAINER_BYTES : Number.parseInt(size, 10) * 1_000_000,
    spoolDirectory: spool === undefined ? undefined : absolute(spool),
  };
}

function settingProblems(issue: z.core.$ZodIssue): readonly SettingProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [key], message: `unknown key ${key}` }));
  }
  const place = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  return [{ path: place, message: issue.message }];
}
