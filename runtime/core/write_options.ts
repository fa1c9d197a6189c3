/**
 * In whose name and why something is written, as a caller gives it: read once, checked, and bounded, since the event
 * log keeps it.
 */
import type { Cause, CreateOptions } from "./state.ts";
import { StateError } from "./errors.ts";

/**
 * UTF-16 units of an actor or a request that are kept, longer ones are cut: names of controllers and certificates have
 * less, and a full history of them stays below a megabyte a kind.
 */
export const CAUSE_TEXT_MAX = 256;

/** The same options; nobody can change their cause. @throws {StateError} `invalid-resource`: owner or cause is none. */
export function takenWriteOptions<Options extends CreateOptions>(options: Options): Options {
  const { cause, owner = "" } = options;
  if (typeof owner !== "string") throw unfit("owner", owner, "a text");
  return cause === undefined ? options : { ...options, cause: takenCause(cause) };
}

function takenCause(cause: Cause): Cause {
  if (typeof cause !== "object" || cause === null) throw unfit("cause", cause, "an actor and more");
  const { actor, event, request } = cause;
  return Object.freeze({
    actor: taken("actor of the cause", actor),
    ...(event === undefined ? {} : { event: Object.freeze({ revision: revisionOf(event) }) }),
    ...(request === undefined ? {} : { request: taken("request of the cause", request) }),
  });
}

function revisionOf({ revision }: NonNullable<Cause["event"]>): bigint {
  if (typeof revision === "bigint" && revision >= 0n) return revision;
  throw unfit("event.revision of the cause", revision, "a bigint from 0 on");
}

function taken(part: string, text: unknown): string {
  if (typeof text !== "string") throw unfit(part, text, "a text");
  return text.length <= CAUSE_TEXT_MAX ? text : text.slice(0, CAUSE_TEXT_MAX);
}

function unfit(part: string, value: unknown, may: string): StateError {
  const shown = typeof value === "object" && value !== null ? "an object" : String(value);
  const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;
  return new StateError({ refusal: "invalid-resource", detail });
}
