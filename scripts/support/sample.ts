import type { AvroRecordSchema, AvroRow } from './avro-writer.js';
import type { DumpSpec, FileSpec, TableSpec } from './dump-writer.js';
import { SAMPLE_DEFINITIONS, eventFields, fieldsOf, recordSchema, userFields } from './sample-schema.js';
import { DAYS, FIRST_DAY, type Person, type World, joinDay, sampleWorld } from './sample-world.js';

/** First and last day (from 0) that each dump of the sample delivers; dump 100 never came. */
const DELIVERIES = [
  { dumpId: 98n, first: 0, last: 2 },
  { dumpId: 99n, first: 3, last: 3 },
  { dumpId: 101n, first: 4, last: 5 },
  { dumpId: 102n, first: 6, last: 6 },
] as const;

type Delivery = (typeof DELIVERIES)[number];

const DAY = 86_400_000_000n;

/** The dumps under examples/dumps; examples/README.md says what each of them shows. */
export function sampleDumps(): readonly DumpSpec[] {
  const world = sampleWorld();
  return [...DELIVERIES.map((delivery) => finishedDump(delivery, world)), unfinishedDump(world)];
}

function finishedDump(delivery: Delivery, world: World): DumpSpec {
  const { dumpId } = delivery;
  const tables: TableSpec[] = [
    usersTable(delivery, world),
    migrationsTable(delivery, world),
    eventTable('sessions', delivery, world),
    eventTable('pageviews', delivery, world),
    eventTable('signup_completed', delivery, world),
    eventTable('report_exported', delivery, world),
    ...(dumpId > 99n ? [eventTable('plan_upgraded', delivery, world)] : []),
  ];
  return { dumpId, tables, ...(dumpId === 98n ? { propertyDefinitions: SAMPLE_DEFINITIONS } : {}) };
}

/** Heap was still writing it when the sample was taken. */
function unfinishedDump(world: World): DumpSpec {
  const users = world.people.slice(0, 4).map((person) => userRow(person, DAYS, 103n));
  return {
    dumpId: 103n,
    finished: false,
    tables: [{ name: 'users', incremental: true, files: [file(recordSchema(userFields(103n)), users)] }],
  };
}

function usersTable({ dumpId, first, last }: Delivery, world: World): TableSpec {
  const everyone = world.people.filter((person) => joinDay(person) <= last);
  const active = new Set(
    world.visits.filter((visit) => visit.day >= first && visit.day <= last).map((visit) => visit.person),
  );
  const people = dumpId === 98n ? everyone : everyone.filter((person) => active.has(person));
  const rows: AvroRow[] = people.map((person) => userRow(person, last, dumpId));
  // Before they signed up, newcomers were users of their own.
  for (const person of everyone) {
    const [user_id] = person.anonymousIds;
    if (user_id !== undefined && joinDay(person) >= first) rows.push({ user_id, joindate: person.joined });
  }
  // One user without an id, as dirty exports have them.
  if (dumpId === 99n) rows.push({ handle: 'lost', email: 'lost@example.com', joindate: FIRST_DAY });
  const schema = recordSchema(userFields(dumpId));
  return {
    name: 'users',
    incremental: dumpId !== 98n,
    files: split(rows, 2).map((part) => file(schema, part)),
  };
}

function userRow(person: Person, day: number, dumpId: bigint): AvroRow {
  const modified = FIRST_DAY + BigInt(day) * DAY + (person.id % DAY);
  return {
    user_id: person.id,
    identity: person.email,
    handle: person.handle,
    email: person.email,
    joindate: person.joined,
    last_modified: modified > person.joined ? modified : person.joined,
    signup_source: person.source,
    plan: person.plan,
    plan_seats: dumpId <= 99n ? person.seats : seatsText(person.seats),
  };
}

/** From dump 101 on the property is a range chosen from a list, no longer a number. */
function seatsText(seats: bigint): string {
  if (seats > 20n) return '21+';
  return seats > 5n ? '6-20' : '1-5';
}

/** The whole map every time, as Heap delivers it. */
function migrationsTable({ last }: Delivery, world: World): TableSpec {
  const rows = world.people
    .filter((person) => joinDay(person) <= last)
    .flatMap((person) => {
      const chain = [...person.anonymousIds, person.id];
      return chain.slice(1).map((to, index) => ({
        from_user_id: chain[index],
        to_user_id: to,
        // 0 is how an unknown time is delivered.
        time: index === 0 && chain.length > 2 ? 0n : person.joined,
      }));
    });
  const schema = recordSchema(fieldsOf({ from_user_id: 'long', to_user_id: 'long', time: 'long' }));
  return { name: 'user_migrations', incremental: false, files: [file(schema, rows)] };
}

function eventTable(name: string, delivery: Delivery, world: World): TableSpec {
  const { dumpId, last } = delivery;
  // A changed event definition makes Heap send all of that event again.
  const isResync = name === 'report_exported' && dumpId === 101n;
  const incremental = !(dumpId === 98n || isResync || (name === 'plan_upgraded' && dumpId === 101n));
  if (name === 'signup_completed' && dumpId === 102n) return { name, incremental, files: [] };
  const first = isResync ? 0 : delivery.first;
  const again = incremental ? rowsOf(name, first - 1, first - 1, world).slice(0, 4) : [];
  const fresh = rowsOf(name, first, last, world);
  const rows = [...again, ...fresh, ...fresh.slice(-2)];
  if (name === 'pageviews') spoil(rows, dumpId);
  const schema = recordSchema(eventFields(name, dumpId));
  const parts = split(rows, name === 'pageviews' ? 3 : name === 'sessions' ? 2 : 1);
  const deflated = name === 'sessions' && dumpId === 98n ? 1 : -1;
  return { name, incremental, files: parts.map((part, index) => file(schema, part, index === deflated)) };
}

function rowsOf(table: string, first: number, last: number, world: World): readonly AvroRow[] {
  return world.visits
    .filter((visit) => visit.day >= first && visit.day <= last)
    .flatMap((visit) => visit.rows.get(table) ?? []);
}

/** Rows that belong among the rejects: two without a key, one whose time is no time. */
function spoil(rows: AvroRow[], dumpId: bigint): void {
  const [one, two] = [rows[5], rows[6]];
  if (one === undefined || two === undefined) return;
  if (dumpId === 99n) rows.push({ ...one, event_id: null }, { ...two, event_id: null });
  if (dumpId === 102n) rows[5] = { ...one, time: '2025-02-30 09:00:00' };
}

function split(rows: readonly AvroRow[], parts: number): readonly (readonly AvroRow[])[] {
  const size = Math.ceil(rows.length / parts);
  return Array.from({ length: parts }, (_, index) => rows.slice(index * size, (index + 1) * size));
}

function file(schema: AvroRecordSchema, rows: readonly AvroRow[], deflated = false): FileSpec {
  return { schema, rows, codec: deflated ? 'deflate' : 'snappy' };
}
