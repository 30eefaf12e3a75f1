import type { AvroRecordSchema, DumpSpec } from '../support/dump-writer.js';
import type { Overrides } from '../support/world.js';

/** Dumps and a configuration whose plans are kept as golden SQL for every dialect. */
export interface GoldenScenario {
  readonly name: string;
  readonly title: string;
  readonly dumps: readonly DumpSpec[];
  readonly config: Overrides;
  /** One plan each, up to that dump, each against what the one before left. */
  readonly runs: readonly bigint[];
}

function schema(fields: Readonly<Record<string, unknown>>): AvroRecordSchema {
  const list = Object.entries(fields).map(([name, type]) => ({ name, type: ['null', type] }));
  return { type: 'record', name: 'topLevelRecord', fields: list };
}

const user = schema({ user_id: 'long', email: 'string', joindate: 'long' });
const userWithPlan = schema({ user_id: 'long', email: 'string', joindate: 'long', plan: 'string' });
const migration = schema({ from_user_id: 'long', to_user_id: 'long', time: 'long' });
const click = schema({ event_id: 'long', user_id: 'long', time: 'string', label: 'string', seats: 'int' });
const clickText = schema({
  event_id: 'long',
  user_id: 'long',
  time: 'long',
  label: 'string',
  seats: 'string',
});
const everyType = schema({
  event_id: 'string',
  text: 'string',
  whole: 'long',
  real: 'double',
  flag: 'boolean',
  raw: 'bytes',
  day: { type: 'int', logicalType: 'date' },
  at: { type: 'long', logicalType: 'timestamp-micros' },
  price: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 },
  total: { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 0 },
  tags: { type: 'array', items: 'string' },
});

const users = (dumpId: bigint, incremental: boolean, withPlan = false): DumpSpec => ({
  dumpId,
  tables: [{ name: 'users', incremental, files: [{ schema: withPlan ? userWithPlan : user, rows: [] }] }],
});

export const GOLDEN_SCENARIOS: readonly GoldenScenario[] = [
  {
    name: 'first-load',
    title: 'a full users table, migrations and an event table',
    runs: [9n],
    config: { name: 'acme' },
    dumps: [
      {
        dumpId: 9n,
        tables: [
          { name: 'users', incremental: false, files: [{ schema: user, rows: [] }] },
          { name: 'user_migrations', incremental: false, files: [{ schema: migration, rows: [] }] },
          {
            name: 'Sign Up',
            incremental: true,
            files: [
              { schema: click, rows: [] },
              { schema: click, rows: [] },
            ],
          },
        ],
      },
    ],
  },
  {
    name: 'growth',
    title: 'a new property, an older dump superseded, an empty resync',
    runs: [9n, 12n],
    config: {},
    dumps: [
      users(9n, true),
      users(10n, true),
      users(11n, false, true),
      {
        dumpId: 12n,
        tables: [
          { name: 'users', incremental: false, files: [] },
          { name: 'sessions', incremental: true, files: [] },
        ],
      },
    ],
  },
  {
    name: 'types',
    title: 'every type, a property that flips, times in two encodings, a composite key',
    runs: [20n],
    config: { tables: { keys: { click: ['user_id', 'event_id'] } } },
    dumps: [
      {
        dumpId: 20n,
        tables: [
          { name: 'everything', incremental: true, files: [{ schema: everyType, rows: [] }] },
          {
            name: 'click',
            incremental: true,
            files: [
              { schema: click, rows: [] },
              { schema: clickText, rows: [] },
            ],
          },
        ],
      },
    ],
  },
  {
    name: 'start-date',
    title: 'event rows before a day stay out',
    runs: [30n],
    config: { source: { start_date: '2026-01-01' } },
    dumps: [
      { dumpId: 30n, tables: [{ name: 'click', incremental: true, files: [{ schema: click, rows: [] }] }] },
    ],
  },
  {
    name: 'files-layout',
    title: 'no manifests: files ordered by modification time and key',
    runs: [2_000_000_000_000n],
    config: { source: { layout: 'files' } },
    dumps: [
      { dumpId: 40n, tables: [{ name: 'click', incremental: true, files: [{ schema: click, rows: [] }] }] },
    ],
  },
  {
    name: 'resync',
    title: 'an event table delivered anew, then empty',
    runs: [51n, 52n],
    config: {},
    dumps: [
      {
        dumpId: 51n,
        tables: [{ name: 'click', incremental: false, files: [{ schema: click, rows: [] }] }],
      },
      { dumpId: 52n, tables: [{ name: 'click', incremental: false, files: [] }] },
    ],
  },
];
