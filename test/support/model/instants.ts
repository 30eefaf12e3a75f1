import type { LogicalType } from '../../../src/schema/logical-types.js';
import type { Value } from '../../../src/schema/values.js';

/** What becomes of a value on its way into a known timestamp column. */
export interface Instant {
  /** Microseconds since 1970 UTC. */
  readonly micros: bigint | null;
  /** True: NULL because nothing could be made of the value. */
  readonly rejected: boolean;
}

const NULL_INSTANT: Instant = { micros: null, rejected: false };
const REJECTED: Instant = { micros: null, rejected: true };

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z. */
const FIRST = -62_135_596_800_000_000n;
const LAST = 253_402_300_799_999_999n;

/** Rule 7: the value of a known timestamp column for a value of a file. */
export function toInstant(value: Value, from: LogicalType): Instant {
  if (value === null) return NULL_INSTANT;
  switch (from.kind) {
    case 'timestamp':
      return { micros: value as bigint, rejected: false };
    case 'date':
      return { micros: (value as bigint) * MICROS_PER_DAY, rejected: false };
    case 'int64':
      return fromNumber(value as bigint);
    case 'string':
      return fromText(value as string);
    case 'bool':
    case 'float64':
    case 'decimal':
    case 'bytes':
    case 'json':
      return REJECTED;
  }
}

function fromNumber(value: bigint): Instant {
  if (value === 0n) return NULL_INSTANT;
  const size = value < 0n ? -value : value;
  if (size >= 10n ** 14n) return inRange(value);
  if (size >= 10n ** 11n) return inRange(value * 1000n);
  return inRange(value * MICROS_PER_SECOND);
}

function fromText(text: string): Instant {
  if (text === '') return NULL_INSTANT;
  if (/^-?[0-9]+$/.test(text)) return fromNumber(BigInt(text));
  return fromDateTime(text);
}

const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))?$/;

function fromDateTime(text: string): Instant {
  const match = DATE_TIME.exec(text);
  if (match === null) return REJECTED;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [zoneHour, zoneMinute] = [Number(match[9] ?? '0'), Number(match[10] ?? '0')];
  const isCalendarDay = year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(year, month);
  const isClockTime = hour < 24 && minute < 60 && second < 60 && zoneHour < 24 && zoneMinute < 60;
  if (!isCalendarDay || !isClockTime) return REJECTED;
  const seconds = BigInt(hour * 3600 + minute * 60 + second);
  const fraction = BigInt((match[7] ?? '').padEnd(6, '0'));
  const local =
    BigInt(daysSince1970(year, month, day)) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + fraction;
  const offset = BigInt(zoneHour * 60 + zoneMinute) * 60n * MICROS_PER_SECOND;
  return inRange(match[8] === '-' ? local + offset : local - offset);
}

function inRange(micros: bigint): Instant {
  return micros >= FIRST && micros <= LAST ? { micros, rejected: false } : REJECTED;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function daysSince1970(year: number, month: number, day: number): number {
  const before = year - 1;
  let days = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  for (let earlier = 1; earlier < month; earlier += 1) days += daysOfMonth(year, earlier);
  return days + day - 1 - 719_162;
}

/** `2024-02-29` for days since 1970. */
export function dateText(days: bigint): string {
  return isoText(days * 86_400_000n).slice(0, 10);
}

/** `2024-02-29T23:59:59.000001Z` for microseconds since 1970. */
export function instantText(micros: bigint): string {
  const fraction = ((micros % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  const second = isoText((micros - fraction) / 1000n).slice(0, 19);
  return `${second}.${fraction.toString().padStart(6, '0')}Z`;
}

function isoText(millis: bigint): string {
  return new Date(Number(millis)).toISOString();
}
