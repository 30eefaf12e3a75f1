import { randomBytes } from 'node:crypto';
import { ServiceError, notFound } from './errors.js';
import { type Answer, type Request, contentRange } from './http.js';

/** Uploads in several requests, each of them continued by its id. */
export class ResumableUploads {
  readonly #uploads = new Map<
    string,
    { readonly metadata: unknown; bytes: Buffer; answer: Answer | undefined }
  >();

  /** Answers the request that starts an upload; `address` is where its bytes go. */
  start(metadata: unknown, address: (id: string) => string): Answer {
    const id = randomBytes(16).toString('hex');
    this.#uploads.set(id, { metadata, bytes: Buffer.alloc(0), answer: undefined });
    return { status: 200, headers: { location: address(id), 'x-guploader-uploadid': id } };
  }

  /** Takes bytes; once all are there `finish` makes the answer, which a repeated request gets again. */
  async put(
    id: string,
    request: Request,
    finish: (metadata: unknown, bytes: Buffer) => Promise<Answer>,
  ): Promise<Answer> {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw notFound(`Upload ${id}`);
    if (upload.answer !== undefined) return upload.answer;
    const { first, total } = contentRange(request.headers['content-range']);
    if (first !== undefined) {
      if (first > upload.bytes.length)
        throw new ServiceError(400, 'invalid', 'Bytes are missing before this range.');
      // Bytes that were sent before are sent again after a broken connection.
      upload.bytes = Buffer.concat([upload.bytes.subarray(0, first), request.body]);
    }
    const expected =
      total ?? (request.headers['content-range'] === undefined ? upload.bytes.length : undefined);
    if (expected === undefined || upload.bytes.length < expected) return incomplete(upload.bytes.length);
    upload.answer = await finish(upload.metadata, upload.bytes);
    return upload.answer;
  }
}

function incomplete(length: number): Answer {
  return { status: 308, headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } };
}
