import { createHash } from 'node:crypto';
import { crc32c } from './crc32c.js';
import { notFound } from './errors.js';
import { type Answer, type Request, empty, json, multipart, ok } from './http.js';
import type { ResumableUploads } from './resumable.js';

interface StoredObject {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly generation: number;
}

/** The part of Cloud Storage's JSON API that carries objects to a load job and removes them. */
export class Storage {
  readonly #buckets: ReadonlySet<string>;
  readonly #objects = new Map<string, StoredObject>();
  readonly #uploads: ResumableUploads;
  #generation = 0;

  constructor(buckets: readonly string[], uploads: ResumableUploads) {
    this.#buckets = new Set(buckets);
    this.#uploads = uploads;
  }

  /** Names of what is there, as `gs://bucket/name`. */
  names(): readonly string[] {
    return [...this.#objects.keys()];
  }

  /** The content of `gs://bucket/name`, or of all that match when it ends in `*`. */
  read(uri: string): readonly Buffer[] {
    const names = uri.endsWith('*')
      ? this.names().filter((name) => name.startsWith(uri.slice(0, -1)))
      : this.names().filter((name) => name === uri);
    if (names.length === 0) throw notFound(`URI ${uri}`);
    return names.flatMap((name) => this.#objects.get(name)?.bytes ?? []);
  }

  /** Answers a request below `/storage/v1` or `/upload/storage/v1`; undefined for one it does not know. */
  async answer(request: Request, address: string): Promise<Answer | undefined> {
    const upload = /^\/(?:resumable\/)?upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(request.path);
    if (upload !== null) return await this.#upload(bucketOf(upload[1]), request, address);
    const bucket = /^\/storage\/v1\/b\/([^/]+)(\/iam\/testPermissions|\/o)?$/.exec(request.path);
    if (bucket !== null && request.method === 'GET')
      return this.#bucket(bucketOf(bucket[1]), bucket[2] ?? '', request);
    const object = /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)$/.exec(request.path);
    if (object === null) return undefined;
    const uri = `gs://${bucketOf(object[1])}/${decodeURIComponent(object[2] ?? '')}`;
    if (request.method === 'GET') return this.#get(uri, request);
    return request.method === 'DELETE' ? this.#delete(uri) : undefined;
  }

  async #upload(bucket: string, request: Request, address: string): Promise<Answer> {
    this.#check(bucket);
    const id = request.query.get('upload_id');
    if (id !== null) {
      return await this.#uploads.put(id, request, (metadata, bytes) => {
        const { name, contentType } = metadata as { name: string; contentType: string };
        return Promise.resolve(this.#store(bucket, name, bytes, contentType));
      });
    }
    const name = request.query.get('name');
    if (request.query.get('uploadType') === 'resumable') {
      const metadata = json(request.body) as { name?: string; contentType?: string };
      const contentType = metadata.contentType ?? 'application/octet-stream';
      return this.#uploads.start(
        { name: name ?? metadata.name, contentType },
        (made) => `${address}${request.path}?uploadType=resumable&upload_id=${made}`,
      );
    }
    const { metadata, media } = multipart(request.headers['content-type'], request.body);
    const given = json(metadata) as { name?: string; contentType?: string };
    return this.#store(
      bucket,
      name ?? given.name ?? '',
      media,
      given.contentType ?? 'application/octet-stream',
    );
  }

  #store(bucket: string, name: string, bytes: Buffer, contentType: string): Answer {
    this.#generation += 1;
    const object = { bytes, contentType, generation: this.#generation };
    this.#objects.set(`gs://${bucket}/${name}`, object);
    return ok(resource(bucket, name, object));
  }

  #bucket(bucket: string, what: string, request: Request): Answer {
    this.#check(bucket);
    if (what === '/o') {
      const prefix = `gs://${bucket}/${request.query.get('prefix') ?? ''}`;
      const items = [...this.#objects]
        .filter(([uri]) => uri.startsWith(prefix))
        .map(([uri, object]) => resource(bucket, uri.slice(`gs://${bucket}/`.length), object));
      return ok({ kind: 'storage#objects', items });
    }
    if (what !== '') {
      return ok({
        kind: 'storage#testIamPermissionsResponse',
        permissions: request.query.getAll('permissions'),
      });
    }
    return ok({ kind: 'storage#bucket', id: bucket, name: bucket, location: 'US', storageClass: 'STANDARD' });
  }

  #get(uri: string, request: Request): Answer {
    const object = this.#objects.get(uri);
    if (object === undefined) throw notFound(`No such object: ${uri.slice('gs://'.length)}`);
    if (request.query.get('alt') === 'media') return { status: 200, bytes: object.bytes };
    const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
    return ok(resource(bucket, name, object));
  }

  #delete(uri: string): Answer {
    if (!this.#objects.delete(uri)) throw notFound(`No such object: ${uri.slice('gs://'.length)}`);
    return empty();
  }

  #check(bucket: string): void {
    if (!this.#buckets.has(bucket)) throw notFound('The specified bucket does not exist.');
  }
}

function bucketOf(text: string | undefined): string {
  return decodeURIComponent(text ?? '');
}

function resource(bucket: string, name: string, { bytes, contentType, generation }: StoredObject): object {
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    name,
    bucket,
    generation: String(generation),
    metageneration: '1',
    contentType,
    size: String(bytes.length),
    md5Hash: createHash('md5').update(bytes).digest('base64'),
    crc32c: crc32c(bytes),
    timeCreated: new Date().toISOString(),
    updated: new Date().toISOString(),
  };
}
