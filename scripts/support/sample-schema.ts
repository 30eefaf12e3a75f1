import type { AvroRecordSchema } from './avro-writer.js';

type Primitive = 'long' | 'string' | 'double' | 'boolean';
type Fields = AvroRecordSchema['fields'];

/** Nullable fields in the order given. */
export function fieldsOf(types: Readonly<Record<string, Primitive>>): Fields {
  return Object.entries(types).map(([name, type]) => ({ name, type: ['null', type], default: null }));
}

/** The record name that Heap's exports carry. */
export function recordSchema(fields: Fields): AvroRecordSchema {
  return { type: 'record', name: 'topLevelRecord', fields };
}

/** `plan` is a property since dump 99; `plan_seats` was a number before dump 101. */
export function userFields(dumpId: bigint): Fields {
  return fieldsOf({
    user_id: 'long',
    identity: 'string',
    handle: 'string',
    email: 'string',
    joindate: 'long',
    last_modified: 'long',
    signup_source: 'string',
    plan_seats: dumpId <= 99n ? 'long' : 'string',
    ...(dumpId >= 99n ? { plan: 'string' } : {}),
  });
}

const EVENT = {
  event_id: 'long',
  user_id: 'long',
  session_id: 'long',
  time: 'string',
  library: 'string',
  platform: 'string',
  device_type: 'string',
  country: 'string',
  region: 'string',
  city: 'string',
  browser: 'string',
} as const;

/** `export_format` is a property since dump 101. */
export function eventFields(table: string, dumpId: bigint): Fields {
  const own: Readonly<Record<string, Readonly<Record<string, Primitive>>>> = {
    sessions: {
      referrer: 'string',
      landing_page: 'string',
      utm_source: 'string',
      utm_medium: 'string',
      utm_campaign: 'string',
    },
    pageviews: {
      session_time: 'string',
      path: 'string',
      query: 'string',
      title: 'string',
      referrer: 'string',
    },
    signup_completed: { signup_source: 'string', plan: 'string' },
    report_exported: {
      report_name: 'string',
      row_count: 'long',
      ...(dumpId >= 101n ? { export_format: 'string' } : {}),
    },
    plan_upgraded: { from_plan: 'string', to_plan: 'string', monthly_amount: 'double', trial: 'boolean' },
  };
  return fieldsOf({ ...EVENT, ...own[table] });
}

const equals = (value: string) => ({
  clauses: [{ property_name: 'utm_medium', operator: '=', value }],
  clause_combinator: 'and',
});

/** A defined property, as the first dump carries it. */
export const SAMPLE_DEFINITIONS = [
  {
    property_name: 'channel',
    type: 'event',
    cases: [
      { value: { type: 'constant', value: 'Paid' }, condition: equals('cpc') },
      { value: { type: 'constant', value: 'Email' }, condition: equals('email') },
    ],
    default_value: { type: 'field', value: 'utm_source' },
  },
];
