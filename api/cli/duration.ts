/** Durations as people write them: `500ms`, `30s`, `1m30s`, `2h`, `1d`; a bare number is seconds. */
import { CommandError, EXIT } from "../client/command_error.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of the longest duration, 24 days: timers count to no more. */
const DURATION_MS_MAX = 2 ** 31 - 1;

/** Milliseconds; undefined for what is no duration, or longer than 24 days. */
export function parseDuration(text: string): number | undefined {
  const bare = /^\d+(\.\d+)?$/.test(text);
  const parts = [...(bare ? `${text}s` : text).matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)];
  const read = parts.reduce((length, [part]) => length + part.length, 0);
  if (parts.length === 0 || read !== (bare ? text.length + 1 : text.length)) return undefined;
  const ms = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ""] ?? NaN),
    0,
  );
  return ms <= DURATION_MS_MAX ? Math.round(ms) : undefined;
}

/** Milliseconds. @param option Names what it is for. @throws {CommandError} `usage`. */
export function readDuration(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CommandError(
    EXIT.usage,
    `cannot use ${option} "${text}": it must be a duration of at most 24 days, such as 500ms, 30s or 1m30s`,
  );
}

/** A duration as {@linkcode parseDuration} reads it: whole seconds where it has no others. */
export function durationWords(ms: number): string {
  return ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
}
