import type { IncomingMessage } from 'node:http';
import { invalid } from './errors.js';

/** One request, its body not yet read. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** Sent as JSON; undefined: no body. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const empty = (status = 204): Answer => ({ status });

/** The caller says by `as` what it expects. */
export function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'));
  } catch {
    throw invalid('Invalid JSON payload received.');
  }
}

/** The two parts of an upload with metadata. */
export function multipart(
  contentType: string | undefined,
  body: Buffer,
): { metadata: Buffer; media: Buffer } {
  const boundary = /^multipart\/related\b.*?;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '');
  if (boundary === null)
    throw invalid('Multipart upload needs Content-Type multipart/related with a boundary.');
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2] ?? ''}`);
  const first = body.indexOf(mark);
  const second = body.indexOf(mark, first + mark.length);
  const last = body.lastIndexOf(mark);
  if (first < 0 || second < 0 || last <= second) throw invalid('Malformed multipart body.');
  return { metadata: part(body, first + mark.length, second), media: part(body, second + mark.length, last) };
}

/** The content between two boundaries, without its headers. */
function part(body: Buffer, from: number, to: number): Buffer {
  const blank = body.indexOf('\r\n\r\n', from);
  if (blank < 0 || blank > to) throw invalid('Malformed multipart body.');
  return body.subarray(blank + 4, to - 2);
}

/** `bytes 0-9/100`, `bytes 0-9/*` or `bytes * /100` (a question how far it got). */
export function contentRange(text: string | undefined): { first?: number; total: number | undefined } {
  if (text === undefined) return { first: 0, total: undefined };
  const [, first, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(text) ?? [];
  if (total === undefined) throw invalid(`Invalid Content-Range ${text}`);
  return {
    ...(first === undefined ? {} : { first: Number(first) }),
    total: total === '*' ? undefined : Number(total),
  };
}
