import { BigQuery } from '@google-cloud/bigquery';
import { type AuthClient, GoogleAuth, Impersonated, PassThroughClient } from 'google-auth-library';
import { type Patience, retrying } from '../../src/backoff.js';
import { credentialsError } from './errors.js';
import { failureOf, isPassing } from './failures.js';
import type { BigQuerySettings } from './settings.js';

const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];
const GOOGLE = 'https://bigquery.googleapis.com';

/** Requests are short, so a night's trouble is waited out: about two minutes in all. */
export const PATIENCE: Patience = { attempts: 10, pauseMs: 250, longestPauseMs: 30_000 };

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/projects/<project>`, e.g. `/jobs`. */
  readonly uri: string;
  readonly json?: unknown;
  readonly qs?: Readonly<Record<string, string | number | boolean>>;
}

/** What sessions share: Google's client and its credentials. */
export interface Client {
  readonly settings: BigQuerySettings;
  readonly auth: AuthClient;
  /** Without a path. */
  readonly endpoint: string;
  /** One request, sent again while it fails in passing ways. Throws what the client throws. */
  readonly request: <T>(request: Request, signal?: AbortSignal) => Promise<T>;
  /** How often a run has asked for something before, so that asking again makes a job of its own. */
  readonly asked: Map<string, number>;
}

const clients = new WeakMap<BigQuerySettings, Promise<Client>>();

/** One client for all sessions with the same settings: tokens are fetched once, connections are shared. */
export async function clientOf(settings: BigQuerySettings): Promise<Client> {
  const known = clients.get(settings);
  if (known !== undefined) return await known;
  const made = makeClient(settings);
  clients.set(settings, made);
  // Credentials that were wrong may be right the next time.
  made.catch(() => clients.delete(settings));
  return await made;
}

async function makeClient(settings: BigQuerySettings): Promise<Client> {
  const auth = await authOf(settings);
  const endpoint = settings.apiEndpoint ?? GOOGLE;
  // Retrying is ours: the client repeats neither uploads nor all that passes.
  const bigquery = new BigQuery({
    projectId: settings.project,
    location: settings.location,
    apiEndpoint: endpoint,
    authClient: auth,
    autoRetry: false,
    maxRetries: 0,
  });
  return {
    settings,
    auth,
    endpoint,
    request: async (request, signal) =>
      await retrying(() => send(bigquery, request), {
        patience: PATIENCE,
        signal,
        isPassing: isPassingError,
      }),
    asked: new Map(),
  };
}

export function isPassingError(error: unknown): boolean {
  const failure = failureOf(error);
  return failure !== undefined && isPassing(failure);
}

function send<T>(bigquery: BigQuery, { method, uri, json, qs }: Request): Promise<T> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      uri,
      ...(json === undefined ? {} : { json }),
      ...(qs === undefined ? {} : { qs }),
    };
    bigquery.request(options, (error, body) => {
      if (error instanceof Error) reject(error);
      else resolve(body as T);
    });
  });
}

/** The credentials the settings speak of, as a client that signs requests. */
async function authOf(settings: BigQuerySettings): Promise<AuthClient> {
  const { credentials, impersonate } = settings;
  if (credentials.kind === 'none') return new PassThroughClient();
  try {
    const source = await googleAuth(settings).getClient();
    if (impersonate === undefined) return source;
    return new Impersonated({ sourceClient: source, targetPrincipal: impersonate, targetScopes: SCOPES });
  } catch (error) {
    throw credentialsError(error, credentials);
  }
}

function googleAuth({ credentials, project }: BigQuerySettings): GoogleAuth {
  const common = { scopes: SCOPES, projectId: project };
  switch (credentials.kind) {
    case 'file':
      return new GoogleAuth({ ...common, keyFilename: credentials.path });
    case 'json':
      return new GoogleAuth({
        ...common,
        credentials: JSON.parse(credentials.key.reveal()) as Readonly<Record<string, string>>,
      });
    case 'application-default':
    case 'none':
      return new GoogleAuth(common);
    default:
      return credentials satisfies never;
  }
}
