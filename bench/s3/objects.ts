import { createHash } from 'node:crypto';
import { type AvroRecordSchema, type AvroRow, avroFile } from '../../scripts/support/avro-writer.js';
import type { ServedObject } from './server.js';

/** An object whose bytes are held. */
export function held(body: Uint8Array): ServedObject {
  const etag = createHash('md5').update(body).digest('hex');
  return { size: body.length, etag, bytes: (start, end) => [body.subarray(start, end)] };
}

/** Nullable fields, as Heap writes them. */
export function record(fields: Readonly<Record<string, string>>): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] }));
  return { type: 'record', name: 'topLevelRecord', namespace: '', fields: list };
}

/** About 25 properties, as an event table of Heap has. */
export const EVENT_FIELDS: Readonly<Record<string, string>> = {
  event_id: 'long',
  user_id: 'long',
  session_id: 'long',
  time: 'string',
  ...Object.fromEntries(
    [
      'session_time library platform device_type country region city ip referrer landing_page',
      'browser browser_type utm_source utm_medium utm_campaign utm_term utm_content domain query path hash title',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [name, 'string']),
  ),
};

/** One event; ids count up, texts repeat as they do in real events. */
export function event(id: number): AvroRow {
  const time = new Date(Date.UTC(2026, 0, 1) + (id % 86_400_000))
    .toISOString()
    .replace('T', ' ')
    .slice(0, 23);
  return {
    event_id: id,
    user_id: (id * 7919) % 100_003,
    session_id: Math.floor(id / 10),
    time,
    session_time: time,
    library: 'web',
    platform: ['Windows 11', 'macOS', 'iOS'][id % 3],
    device_type: ['Desktop', 'Mobile'][id % 2],
    country: ['Germany', 'France', 'Japan', 'Chile'][id % 4],
    browser: 'Firefox 140.0',
    landing_page: `/pricing/${id % 97}`,
    path: `/docs/${(id * 31) % 1009}`,
    title: `Page ${id % 1009}`,
  };
}

/** A part file of event rows. */
export function eventFile(firstId: number, rows: number): Buffer {
  return avroFile({
    schema: record(EVENT_FIELDS),
    rows: Array.from({ length: rows }, (_, n) => event(firstId + n)),
  });
}

/** One object split into an unchanging head and blocks that are made when asked for; all but the head repeat in length. */
export function blocked(
  head: Buffer,
  blockLength: number,
  blocks: number,
  block: (index: number) => Buffer,
): ServedObject {
  const size = head.length + blocks * blockLength;
  return {
    size,
    etag: createHash('md5').update(`${size}`).update(head).digest('hex'),
    *bytes(start, end) {
      if (start < head.length) yield head.subarray(start, Math.min(end, head.length));
      let at = Math.max(start, head.length);
      while (at < end) {
        const index = Math.floor((at - head.length) / blockLength);
        const begin = head.length + index * blockLength;
        const piece = block(index).subarray(at - begin, Math.min(blockLength, end - begin));
        yield piece;
        at += piece.length;
      }
    },
  };
}
