import { type Answer, type Request, json } from './http.js';
import {
  type JobRequest,
  cancelJob,
  getJob,
  getQueryResults,
  insertJob,
  listJobs,
  query,
} from './job-routes.js';
import type { StandIn } from './state.js';
import {
  deleteDataset,
  deleteTable,
  getDataset,
  getTable,
  insertDataset,
  insertTable,
  listDatasets,
  listRows,
  listTables,
  patchTable,
  testPermissions,
} from './table-routes.js';
import { upload } from './upload-routes.js';

type Route = (request: Request, standIn: StandIn, parts: readonly string[]) => Promise<Answer>;

/** Requests below `/bigquery/v2/projects/<project>` and the upload of load jobs. */
const ROUTES: readonly (readonly [string, RegExp, Route])[] = [
  ['POST', /^\/jobs$/, (request, standIn) => insertJob(json(request.body) as JobRequest, standIn)],
  ['GET', /^\/jobs$/, (request, standIn) => Promise.resolve(listJobs(request, standIn))],
  ['GET', /^\/jobs\/([^/]+)$/, getJob],
  ['POST', /^\/jobs\/([^/]+)\/cancel$/, cancelJob],
  ['POST', /^\/queries$/, query],
  ['GET', /^\/queries\/([^/]+)$/, getQueryResults],
  ['POST', /^\/datasets$/, insertDataset],
  ['GET', /^\/datasets$/, (_request, standIn) => Promise.resolve(listDatasets(standIn))],
  ['GET', /^\/datasets\/([^/]+)$/, getDataset],
  ['DELETE', /^\/datasets\/([^/]+)$/, deleteDataset],
  ['POST', /^\/datasets\/([^/]+)\/tables$/, insertTable],
  ['GET', /^\/datasets\/([^/]+)\/tables$/, listTables],
  ['GET', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, getTable],
  ['PATCH', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, patchTable],
  ['DELETE', /^\/datasets\/([^/]+)\/tables\/([^/]+)$/, deleteTable],
  ['GET', /^\/datasets\/([^/]+)\/tables\/([^/]+)\/data$/, listRows],
  ['POST', /^\/datasets\/([^/]+)\/tables\/([^/]+):testIamPermissions$/, testPermissions],
];

/** Answers a request of the API; undefined for one there is no route for. */
export async function route(request: Request, standIn: StandIn): Promise<Answer | undefined> {
  const base = `/bigquery/v2/projects/${standIn.catalog.project}`;
  if (request.path === `/upload${base}/jobs`) return await upload(request, standIn);
  if (!request.path.startsWith(`${base}/`)) return undefined;
  const path = request.path.slice(base.length);
  for (const [method, pattern, handler] of ROUTES) {
    const match = method === request.method ? pattern.exec(path) : null;
    if (match !== null) return await handler(request, standIn, match.slice(1).map(decodeURIComponent));
  }
  return undefined;
}
