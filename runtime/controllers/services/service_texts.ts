/** Sentences about services. */
import type { ProcessEnd } from "../../../fs/kernel/process_calls.ts";

/** How it ended, to be read behind "it". */
export function endText(end: ProcessEnd, outOfMemory: boolean): string {
  if (end.refused !== undefined) return `could not be started: ${end.refused.message}`;
  const why = outOfMemory ? " (out of memory)" : "";
  if (end.signal !== null) return `was ended by ${end.signal}${why}`;
  return `ended with code ${end.code}${why}`;
}

/** Milliseconds as seconds. */
export function secondsText(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** What an error says. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
