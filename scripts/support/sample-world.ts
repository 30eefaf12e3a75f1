import type { AvroRow } from './avro-writer.js';
import { SeededRandom } from './random.js';

/** Invented people and what they did on the site of an invented company; every call tells the same story. */
export interface World {
  readonly people: readonly Person[];
  readonly visits: readonly Visit[];
}

export interface Person {
  readonly id: bigint;
  /** Ids under which the person came before signing up, oldest first; each migrates to the next, the last to `id`. */
  readonly anonymousIds: readonly bigint[];
  readonly handle: string;
  readonly email: string;
  readonly source: string;
  readonly plan: string;
  readonly seats: bigint;
  /** Microseconds since 1970 UTC. */
  readonly joined: bigint;
  readonly home: { readonly country: string; readonly region: string; readonly city: string };
  readonly platform: string;
  readonly browser: string;
  readonly device: string;
}

/** One session: rows by table name. */
export interface Visit {
  readonly day: number;
  readonly person: Person;
  readonly rows: ReadonlyMap<string, readonly AvroRow[]>;
}

/** 2025-03-01T00:00:00Z, the first day told, in microseconds. */
export const FIRST_DAY = 1_740_787_200_000_000n;
export const DAYS = 7;

const SECOND = 1_000_000n;
const DAY = 86_400n * SECOND;

const NAMES =
  'Ada Okafor,Bruno Lindqvist,Chiara Moretti,Dmitri Halonen,Elif Yıldız,Farid Haddad,Greta Nyström,Hugo Marchetti,Ines Carvalho,Jonas Brandt,Kaori Tanabe,Lucía Ferrer,Mateusz Zieliński,Nadia Rahmani,Oskar Vestergaard,Priya Raman,Quentin Leblanc,Rosa Delgado,Søren Krogh,Tomás Pereira,Ulrike Sommer,Vikram Sethi,Wanjiru Kamau,Ximena Rojas,Yara Haddad,Zoltán Kiss,Aoife Brennan,Benoît Garnier,Cem Aydın,Daria Novak,Emeka Obi,Freya Holm,Goran Petrić,Hana Suzuki,Ivo Marković,Julia Stein'.split(
    ',',
  );
const HOMES = [
  { country: 'Germany', region: 'Berlin', city: 'Berlin' },
  { country: 'Brazil', region: 'São Paulo', city: 'São Paulo' },
  { country: 'United States', region: 'Illinois', city: 'Chicago' },
  { country: 'Japan', region: 'Tokyo', city: '東京' },
  { country: 'Poland', region: 'Łódź Voivodeship', city: 'Łódź' },
  { country: 'Kenya', region: 'Nairobi', city: 'Nairobi' },
];
const CLIENTS = [
  { platform: 'Mac OS X 10.15.7', browser: 'Chrome 133.0', device: 'Desktop' },
  { platform: 'Windows 10', browser: 'Edge 133.0', device: 'Desktop' },
  { platform: 'iOS 18.3', browser: 'Mobile Safari 18.3', device: 'Mobile' },
  { platform: 'Android 15', browser: 'Chrome Mobile 133.0', device: 'Mobile' },
];
const ORIGINS = [
  { referrer: null, source: null, medium: null, campaign: null },
  { referrer: 'https://www.google.com/', source: 'google', medium: 'cpc', campaign: 'spring_launch' },
  { referrer: 'https://www.google.com/', source: null, medium: null, campaign: null },
  {
    referrer: 'https://news.example.org/tools',
    source: 'newsletter',
    medium: 'email',
    campaign: 'march_digest',
  },
];
const PAGES = [
  { path: '/', title: 'Acme Reports' },
  { path: '/pricing', title: 'Pricing | Acme Reports' },
  { path: '/docs/getting-started', title: 'Getting started | Docs' },
  { path: '/docs/exports', title: 'Exports — formats & limits | Docs' },
  { path: '/app/dashboard', title: 'Dashboard' },
  { path: '/app/reports', title: 'Reports' },
];
const PLANS = ['free', 'team', 'business'];

export function sampleWorld(): World {
  const random = new SeededRandom(98_102);
  const people = NAMES.map((name, index) => newPerson(name, index, random));
  const visits: Visit[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    const guests = people.filter((person) => joinDay(person) <= day && random.chance(40));
    const newcomers = people.filter((person) => joinDay(person) === day && !guests.includes(person));
    for (const person of [...guests, ...newcomers]) visits.push(newVisit(person, day, random));
  }
  return { people, visits };
}

/** `2025-03-04 09:13:22.123456`, the way event times are delivered. */
export function timeText(micros: bigint): string {
  const second = new Date(Number(micros / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  return `${second}.${(micros % SECOND).toString().padStart(6, '0')}`;
}

/** Day of the sign-up counted from {@link FIRST_DAY}; negative for those who were there before. */
export function joinDay(person: Person): number {
  return Number((person.joined - FIRST_DAY - (person.joined < FIRST_DAY ? DAY - 1n : 0n)) / DAY);
}

function newPerson(name: string, index: number, random: SeededRandom): Person {
  const handle = plainLetters(name).toLowerCase().replace(' ', '.');
  // The first two thirds signed up earlier, the others one after the other in the week told.
  const isNew = index >= 24;
  const day = isNew ? (index - 24) % DAYS : -20 - random.below(300);
  const joined = FIRST_DAY + BigInt(day) * DAY + BigInt(36_000 + random.below(20_000)) * SECOND;
  return {
    id: random.id(),
    anonymousIds: isNew ? Array.from({ length: index % 6 === 0 ? 2 : 1 }, () => random.id()) : [],
    handle,
    email: `${handle}@example.${random.pick(['com', 'org', 'net'])}`,
    source: random.pick(['search', 'newsletter', 'referral']),
    plan: random.pick(PLANS),
    seats: BigInt(1 + random.below(40)),
    joined,
    home: random.pick(HOMES),
    ...random.pick(CLIENTS),
  };
}

/** `Søren Yıldız` → `Soren Yildiz`. */
function plainLetters(name: string): string {
  const undecomposed: Readonly<Record<string, string>> = { ı: 'i', ł: 'l', ø: 'o' };
  const replaced = name.replace(/[ıłø]/g, (letter) => undecomposed[letter] ?? letter);
  return replaced.normalize('NFD').replace(/[^A-Za-z ]/g, '');
}

function newVisit(person: Person, day: number, random: SeededRandom): Visit {
  const signsUp = joinDay(person) === day;
  const start = signsUp ? person.joined - 300n * SECOND : FIRST_DAY + BigInt(day) * DAY + hourOfDay(random);
  const userId = signsUp ? (person.anonymousIds[0] ?? person.id) : person.id;
  const sessionId = random.id();
  const common = {
    user_id: userId,
    session_id: sessionId,
    library: 'web',
    platform: person.platform,
    device_type: person.device,
    ...person.home,
    browser: person.browser,
  };
  const origin = random.pick(ORIGINS);
  const pages = Array.from({ length: 1 + random.below(4) }, () => random.pick(PAGES));
  const marketing = { utm_source: origin.source, utm_medium: origin.medium, utm_campaign: origin.campaign };
  const session = {
    ...common,
    ...marketing,
    event_id: sessionId,
    time: timeText(start),
    referrer: origin.referrer,
    landing_page: `https://acme.example.com${pages[0]?.path ?? '/'}`,
  };
  const pageviews = pages.map((page, index) => ({
    ...common,
    ...page,
    event_id: random.id(),
    session_time: timeText(start),
    time: timeText(start + BigInt(index * 41 + random.below(40)) * SECOND + BigInt(random.below(1_000_000))),
    query: random.chance(15) ? `?ref=${person.handle}` : null,
    referrer: index === 0 ? origin.referrer : null,
  }));
  const rows = new Map<string, readonly AvroRow[]>([
    ['sessions', [session]],
    ['pageviews', pageviews],
  ]);
  const event = { ...common, event_id: random.id(), time: timeText(start + 301n * SECOND) };
  addEvents(rows, event, { signsUp, person, day }, random);
  return { day, person, rows };
}

function addEvents(
  rows: Map<string, readonly AvroRow[]>,
  event: AvroRow,
  visit: { readonly signsUp: boolean; readonly person: Person; readonly day: number },
  random: SeededRandom,
): void {
  const { signsUp, person, day } = visit;
  if (signsUp) {
    rows.set('signup_completed', [{ ...event, signup_source: person.source, plan: person.plan }]);
  } else if (random.chance(45)) {
    const report = random.pick(['Weekly actives', 'Funnel: trial → paid', 'Churn by plan', 'Revenue "net"']);
    const format = random.pick(['csv', 'pdf', 'xlsx']);
    rows.set('report_exported', [
      { ...event, report_name: report, row_count: BigInt(random.below(90_000)), export_format: format },
    ]);
  } else if (day >= 4 && random.chance(50)) {
    const amount = (1900 + random.below(20_000)) / 100;
    rows.set('plan_upgraded', [
      { ...event, from_plan: 'free', to_plan: person.plan, monthly_amount: amount, trial: random.chance(30) },
    ]);
  }
}

function hourOfDay(random: SeededRandom): bigint {
  return BigInt(25_000 + random.below(50_000)) * SECOND + BigInt(random.below(1_000_000));
}
