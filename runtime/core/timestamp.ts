/** Points in time as RFC 3339 text with nanoseconds. Pure arithmetic: nothing here reads a clock. */
import type { Timestamp } from "./resource.ts";
import { StateError } from "./errors.ts";

/** What an absent time means on the wire. */
export const EPOCH: Timestamp = Object.freeze({ seconds: 0n, nanos: 0 });

const RFC3339_REGEXP =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const SECONDS_PER_DAY = 86_400;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the range that RFC 3339 and protobuf share. */
const SECONDS_MIN = -62_135_596_800n;
const SECONDS_MAX = 253_402_300_799n;

/**
 * Reads RFC 3339, any offset, up to nine digits of a second's fraction.
 *
 * @throws {StateError} `invalid-resource`.
 */
export function parseTimestamp(text: string): Timestamp {
  const match = RFC3339_REGEXP.exec(text);
  if (match === null) throw unreadable(text);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [, , , , , , , fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = match;
  const inRange = month >= 1 && month <= 12 && day >= 1 &&
    day <= daysInMonth(year, month) && hour <= 23 && minute <= 59 && second <= 59 &&
    Number(offsetHour) <= 23 && Number(offsetMinute) <= 59;
  if (!inRange) throw unreadable(text);
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60 * (sign === "-" ? -1 : 1);
  const daySeconds = (hour * 60 + minute) * 60 + second;
  const seconds = BigInt(daysBefore(year, month, day) * SECONDS_PER_DAY + daySeconds - offset);
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) throw unreadable(text);
  return Object.freeze({ seconds, nanos: Number(fraction.padEnd(9, "0")) });
}

/**
 * Writes RFC 3339 in UTC.
 *
 * @param options `fraction`: `shortest` (unless given) writes 0, 3, 6 or 9 digits, as many as it takes; `none` drops it.
 * @throws {RangeError} Outside of the years 1 … 9999.
 */
export function formatTimestamp(
  timestamp: Timestamp,
  options: { readonly fraction?: "shortest" | "none" } = {},
): string {
  const { seconds, nanos } = timestamp;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX) {
    throw new RangeError(`Cannot write time: ${seconds} s is outside of the years 1 to 9999`);
  }
  const days = Math.floor(Number(seconds) / SECONDS_PER_DAY);
  const rest = Number(seconds) - days * SECONDS_PER_DAY;
  const { year, month, day } = civil(days);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const hour = Math.floor(rest / 3600);
  const minute = Math.floor(rest / 60) % 60;
  const time = `${pad(hour, 2)}:${pad(minute, 2)}:${pad(rest % 60, 2)}`;
  return `${date}T${time}${options.fraction === "none" ? "" : fractionText(nanos)}Z`;
}

/** Below 0 when `a` is earlier, 0 when they are the same, above 0 otherwise. */
export function compareTimestamps(a: Timestamp, b: Timestamp): number {
  if (a.seconds !== b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return a.nanos - b.nanos;
}

function fractionText(nanos: number): string {
  if (nanos === 0) return "";
  const digits = pad(nanos, 9);
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return `.${digits.endsWith("000") ? digits.slice(0, 6) : digits}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 to the date of the proleptic Gregorian calendar. Years are counted from March. */
function daysBefore(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

function unreadable(text: string): StateError {
  const shown = JSON.stringify(text.slice(0, 64));
  const detail = `Cannot read time ${shown}: it may be like "2026-01-02T03:04:05.123456789Z"`;
  return new StateError({ refusal: "invalid-resource", detail });
}
