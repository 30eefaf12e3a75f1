import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { avroFile } from '../../scripts/support/avro-writer.js';
import { type BigQueryStandIn, startBigQueryStandIn } from '../stand-ins/bigquery/server.js';
import { differences } from './shapes.js';

const FOLDER = path.resolve(import.meta.dirname, '../fixtures/bigquery-recorded');
const CASES = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Answers that need formats heapload never loads. */
const OTHER_FORMATS = new Set(['upload_multipart_json_autodetect_new_table']);

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A file that is not part of the recordings: its content is made here. */
  readonly body_bin?: string;
  readonly capture?: Readonly<Record<string, string>>;
}

interface Expected {
  readonly bigquery?: unknown;
  readonly http_status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

let standIn: BigQueryStandIn;
beforeAll(async () => {
  standIn = await startBigQueryStandIn({ project: 'acme-analytics' });
  for (const dataset of CASES) {
    const id = { datasetId: dataset };
    await send({ method: 'POST', path: api('/datasets'), body: { datasetReference: id } }, new Map());
  }
  const fields = [
    { name: 'a', type: 'INTEGER' },
    { name: 'b', type: 'STRING' },
  ];
  const body = { tableReference: { tableId: 'tbl' }, schema: { fields } };
  await send({ method: 'POST', path: api('/datasets/tables_get_basic/tables'), body }, new Map());
});
afterAll(async () => {
  await standIn.stop();
});

describe('answers recorded from BigQuery', () => {
  it('are all there', () => {
    expect(CASES.length).toBe(25);
  });

  it.each(CASES.filter((name) => !OTHER_FORMATS.has(name)))('%s', async (name) => {
    const known = new Map([
      ['PROJECT', standIn.project],
      ['DATASET_ID', name],
      ['GCS_BUCKET', 'test-webhook-bucket/bqemu-conformance'],
    ]);
    for (const request of (read(name, 'setup_requests.json') ?? []) as readonly Recorded[]) {
      await sendAndCapture(request, known);
    }
    const request = read(name, 'request.json') as Recorded | undefined;
    const expected = read(name, 'expected_response.json') as Expected | undefined;
    if (request === undefined || expected === undefined) throw new Error(`${name} is not complete`);
    const answer = await send(request, known, name);
    expect(answer.status, JSON.stringify(answer.body)).toBe(expected.http_status);
    const exact = expected.bigquery !== undefined;
    // What was written by hand for an emulator names the addresses of an upload, which has none.
    const optional = exact ? [] : ['sourceUris'];
    expect(differences(expected.body, answer.body, { exact, optional })).toEqual([]);
    for (const [header, value] of Object.entries(expected.headers)) {
      const found = answer.headers.get(header);
      if (value === '<*>') expect(found).not.toBeNull();
      else expect(found).toContain(value);
    }
  });
});

function api(rest: string): string {
  return `/bigquery/v2/projects/${standIn.project}${rest}`;
}

function read(name: string, file: string): unknown {
  try {
    // The recordings load CSV; heapload loads Avro.
    const text = readFileSync(path.join(FOLDER, name, file), 'utf8');
    return JSON.parse(text.replaceAll('"CSV"', '"AVRO"')) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function sendAndCapture(request: Recorded, known: Map<string, string>): Promise<void> {
  const answer = await send(request, known);
  for (const [name, place] of Object.entries(request.capture ?? {})) {
    const header = /^header:(.*)$/.exec(place)?.[1];
    const value =
      header === undefined
        ? place
            .split('.')
            .reduce((at: unknown, key) => (at as Readonly<Record<string, unknown>>)[key], answer.body)
        : answer.headers.get(header);
    known.set(name, String(value));
  }
}

async function send(
  request: Recorded,
  known: ReadonlyMap<string, string>,
  name = '',
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: unknown }> {
  const filled = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (_, key: string) => known.get(key) ?? '');
  const content = request.body_bin === undefined ? undefined : uploadContent(name, request);
  const body = content?.body ?? (request.body === undefined ? null : filled(JSON.stringify(request.body)));
  const response = await fetch(`${standIn.url}${filled(request.path)}`, {
    method: request.method,
    headers: new Headers({
      'content-type': 'application/json',
      ...lowerCase(request.headers),
      ...lowerCase(content?.headers),
    }),
    body,
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
}

/** Two spellings of one header would be sent as two values of it. */
function lowerCase(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const AVRO = avroFile({
  schema: {
    type: 'record',
    name: 'row',
    fields: [
      { name: 'id', type: ['null', 'long'] },
      { name: 'name', type: ['null', 'string'] },
    ],
  },
  rows: [
    { id: 1n, name: 'a' },
    { id: 2n, name: 'b' },
  ],
});

/** The bytes of an upload, whose file was not recorded. */
function uploadContent(
  name: string,
  request: Recorded,
): { readonly body: Uint8Array<ArrayBuffer>; readonly headers: Readonly<Record<string, string>> } {
  const copy = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);
  if (request.method === 'PUT') {
    const isWhole = request.headers?.['Content-Range'] === 'bytes 0-21/22';
    if (isWhole)
      return { body: copy(AVRO), headers: { 'Content-Range': `bytes 0-${AVRO.length - 1}/${AVRO.length}` } };
    const [, first = '0', last = '0'] =
      /bytes (\d+)-(\d+)/.exec(request.headers?.['Content-Range'] ?? '') ?? [];
    return { body: copy(AVRO.subarray(Number(first), Number(last) + 1)), headers: {} };
  }
  const boundary = '===bqemu-fixture-boundary===';
  const schema = {
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'NULLABLE' },
      { name: 'name', type: 'STRING', mode: 'NULLABLE' },
    ],
  };
  const destinationTable = { projectId: standIn.project, datasetId: name, tableId: 'tbl' };
  const load = {
    destinationTable,
    sourceFormat: 'AVRO',
    writeDisposition: 'WRITE_TRUNCATE',
    skipLeadingRows: 1,
    schema,
  };
  const metadata = name.includes('invalid_json')
    ? '{"configuration": {'
    : JSON.stringify({ configuration: { load } });
  const head = `--${boundary}\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    body: copy(Buffer.concat([Buffer.from(head), AVRO, Buffer.from(`\r\n--${boundary}--`)])),
    headers: {},
  };
}
