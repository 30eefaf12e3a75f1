import { machine, printHeads, printLine, printRow } from './report.js';
import { type History, TALL_BLOCK_ROWS, historyBucket, tallBucket, wideBucket } from './s3/buckets.js';
import { Desk, type Measured, built } from './s3/measure.js';
import { type BucketServer, BUCKET, type ServedBucket, serveBucket } from './s3/server.js';

/** Big buckets, served on loopback, read by heapload in processes of their own: `npm run bench:s3 [scenario …]`. */

const DUMPS = 2000;
const TABLES = 70;
const PARTS = 12_000;
const ROWS_PER_PART = 20;
const MB = 1_000_000;

interface Line {
  readonly what: string;
  readonly measured: Measured;
  /** Rows or loads, with their noun. */
  readonly result: string;
}

type Scenario = (tell: (line: Line) => void) => Promise<void>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  /** Every table came in full lately: what an old bucket costs a new warehouse, and then every hour. */
  async history(tell) {
    const history = bucketOf((dump) => dump === DUMPS - 1);
    let dumps = DUMPS - 1;
    const growing: ServedBucket = {
      keys: (prefix) => historyBucket({ ...history, dumps }).keys(prefix),
      object: historyBucket(history).object,
    };
    await serving(growing, '128MB', async (desk) => {
      const name = `${DUMPS} dumps × ${TABLES} tables`;
      const planned = await desk.heapload('plan');
      tell({ what: `plan: ${name}, new warehouse`, measured: planned, result: loadsOf(planned) });
      const first = await desk.heapload('run', '--json');
      tell({ what: `run: ${name}, new warehouse`, measured: first, result: loadsOf(first) });
      const idle = await desk.heapload('run', '--json');
      tell({ what: `run: ${name}, nothing new`, measured: idle, result: loadsOf(idle) });
      dumps = DUMPS;
      const hourly = await desk.heapload('run', '--json');
      tell({ what: `run: ${name}, one new dump`, measured: hourly, result: loadsOf(hourly) });
    });
  },

  /** Tables come in full now and then, each at another time: some dumps of each have to be loaded. */
  async backlog(tell) {
    const history = bucketOf((dump, table) => dump === DUMPS - (table % 30));
    await serving(historyBucket(history), '128MB', async (desk) => {
      const planned = await desk.heapload('plan');
      tell({
        what: `plan: ${DUMPS} × ${TABLES}, 30 dumps behind`,
        measured: planned,
        result: loadsOf(planned),
      });
    });
  },

  /** No table ever came in full again: all of it has to be loaded. */
  async everything(tell) {
    const history = bucketOf((dump) => dump === 1);
    await serving(historyBucket(history), '128MB', async (desk) => {
      const planned = await desk.heapload('plan', '--to-dump', String(DUMPS / 10));
      tell({
        what: `plan: ${DUMPS / 10} × ${TABLES}, nothing superseded`,
        measured: planned,
        result: loadsOf(planned),
      });
    });
  },

  async parts(tell) {
    await serving(wideBucket(PARTS, ROWS_PER_PART), '128MB', async (desk) => {
      const planned = await desk.heapload('plan');
      tell({ what: `plan: one load of ${number(PARTS)} files`, measured: planned, result: loadsOf(planned) });
      const ran = await desk.heapload('run', '--json');
      tell({
        what: `run: one load of ${number(PARTS)} files`,
        measured: ran,
        result: `${number(await rowsOf(desk))} rows`,
      });
    });
  },

  async tall(tell) {
    for (const bytes of [400 * MB, 4000 * MB]) {
      await serving(tallBucket(bytes), '128MB', async (desk, server) => {
        const measured = await desk.node(
          built('bench/s3/read-file.js'),
          JSON.stringify(sourceOf(server)),
          'sync_1/pageviews/part-00000.avro',
        );
        tell({
          what: `read: one file of ${number(bytes / MB)} MB`,
          measured,
          result: `${number(Number(measured.end['rows']))} rows`,
        });
      });
    }
  },

  async tallload(tell) {
    await serving(tallBucket(400 * MB), '128MB', async (desk) => {
      const measured = await desk.heapload('run', '--json');
      tell({ what: 'run: one file of 400 MB', measured, result: `${number(await rowsOf(desk))} rows` });
    });
  },

  /** AWS advises one request for each 85 to 90 MB a second. */
  async connections(tell) {
    const bucket = tallBucket(100 * MB, 8);
    for (const perConnection of [Infinity, 85 * MB, 20 * MB]) {
      const work = async (desk: Desk): Promise<void> => {
        const measured = await desk.heapload('run', '--json');
        const limit = perConnection === Infinity ? '' : `, ${perConnection / MB} MB/s each`;
        const what = `run: 8 files of 100 MB${limit}`;
        tell({ what, measured, result: `${number(await rowsOf(desk))} rows` });
      };
      await serving(bucket, '512MB', work, perConnection);
    }
  },
};

function bucketOf(full: History['full']): History {
  return { dumps: DUMPS, tables: TABLES, files: 2, full };
}

async function serving(
  bucket: ServedBucket,
  memoryLimit: string,
  work: (desk: Desk, server: BucketServer) => Promise<void>,
  perConnection?: number,
): Promise<void> {
  const server = await serveBucket(bucket, perConnection);
  const desk = new Desk(server, memoryLimit);
  try {
    await work(desk, server);
  } finally {
    desk.dispose();
    await server.stop();
  }
}

function sourceOf(server: BucketServer): object {
  return {
    type: 's3',
    bucket: BUCKET,
    prefix: '',
    region: 'us-east-1',
    endpoint: server.address,
    pathStyle: true,
  };
}

function loadsOf({ end, told }: Measured): string {
  return /^Plan: ([\d,]+ loads?)/.exec(told)?.[1] ?? `${number(Number(end['loads_done'] ?? 0))} loads`;
}

async function rowsOf(desk: Desk): Promise<number> {
  const { end } = await desk.heapload('discover', '--json');
  const tables = end['tables'] as readonly { readonly rows: string | null }[];
  return tables.reduce((sum, table) => sum + Number(table.rows ?? '0'), 0);
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SCENARIOS);
printLine(`${machine()}; blocks of ${TALL_BLOCK_ROWS} rows`);
printHeads(['what', 'LIST', 'GET', 'seconds', 'peak RSS', 'result']);
for (const name of chosen) {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`scenarios: ${Object.keys(SCENARIOS).join(', ')}`);
  await scenario(({ what, measured, result }) => {
    const { LIST, GET, HEAD } = measured.requests;
    const gets = HEAD === 0 ? number(GET) : `${number(GET)} (+ ${HEAD} HEAD)`;
    printRow([
      what,
      number(LIST),
      gets,
      measured.seconds.toFixed(1),
      `${Math.round(measured.peak / MB)} MB`,
      result,
    ]);
  });
}
