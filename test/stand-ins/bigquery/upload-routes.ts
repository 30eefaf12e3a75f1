import { ServiceError } from './errors.js';
import { type Answer, type Request, json, multipart, ok } from './http.js';
import type { JobRequest } from './job-routes.js';
import { jobResource } from './resources.js';
import type { StandIn } from './state.js';

export async function upload(request: Request, standIn: StandIn): Promise<Answer> {
  const id = request.query.get('upload_id');
  if (id !== null) {
    return await standIn.uploads.put(id, request, (metadata, bytes) =>
      loadUploaded(metadata as JobRequest, bytes, standIn),
    );
  }
  const kind = request.query.get('uploadType');
  if (kind === 'resumable') {
    return standIn.uploads.start(
      json(request.body),
      (made) => `${standIn.url}${request.path}?uploadType=resumable&upload_id=${made}`,
    );
  }
  if (kind !== 'multipart') throw new ServiceError(400, 'invalid', `Invalid uploadType ${kind ?? ''}`);
  const { metadata, media } = multipart(request.headers['content-type'], request.body);
  return await loadUploaded(json(metadata) as JobRequest, media, standIn);
}

async function loadUploaded(request: JobRequest, bytes: Buffer, standIn: StandIn): Promise<Answer> {
  const { jobReference, configuration } = request;
  const job = standIn.jobs.create(jobReference, configuration, [once(bytes)]);
  if (job.pollsLeft === 0) await job.begin();
  return ok(jobResource(job, standIn.url));
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
