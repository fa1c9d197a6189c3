/**
 * In whose name and why something is written, as a caller gives it: read once, checked, and bounded, since the event
 * log keeps it.
 */
import type { Cause, CauseEvent, CreateOptions } from "./state.ts";
import type { Pointer } from "./resource.ts";
import { wrongPointer } from "./call_check.ts";
import { StateError } from "./errors.ts";
import { frozenAs, isMarkedAs } from "./immutable_mark.ts";
import { takenPointer } from "./taken.ts";

/**
 * UTF-16 units of an actor or a request that are kept, longer ones are cut: names of controllers and certificates have
 * less, and a full history of them stays below a megabyte a kind.
 */
export const CAUSE_TEXT_MAX = 256;

/**
 * UTF-16 units of the names of the event in a cause; longer ones are left out, since names that are cut would name
 * something else. Ids of ours have less, and a full history of them stays below two megabytes a kind.
 */
export const CAUSE_POINTER_MAX = 1024;

/** The same options; nobody can change their cause. @throws {StateError} `invalid-resource`: owner or cause is none. */
export function takenWriteOptions<Options extends CreateOptions>(options: Options): Options {
  const { cause, owner } = options;
  if (owner !== undefined && typeof owner !== "string") throw unfit("owner", owner, "a text");
  return cause === undefined ? options : { ...options, cause: takenCause(cause) };
}

/**
 * A copy nobody can change; what this gave before is given again, so that who writes often makes its cause once.
 *
 * @throws {StateError} `invalid-resource`.
 */
export function takenCause(cause: Cause): Cause {
  if (typeof cause !== "object" || cause === null) throw unfit("cause", cause, "an actor and more");
  if (isMarkedAs("cause", cause)) return cause;
  const { event, request } = cause;
  const actor = taken("actor of the cause", cause.actor);
  const why = event === undefined ? undefined : takenEvent(event);
  if (request === undefined) {
    return frozenAs<Cause>("cause", why === undefined ? { actor } : { actor, event: why });
  }
  const asked = taken("request of the cause", request);
  return frozenAs<Cause>(
    "cause",
    why === undefined ? { actor, request: asked } : { actor, event: why, request: asked },
  );
}

function takenEvent({ revision, pointer }: CauseEvent): CauseEvent {
  if (typeof revision !== "bigint" || revision < 0n) {
    throw unfit("event.revision of the cause", revision, "a bigint from 0 on");
  }
  const named = pointer === undefined ? undefined : namesOf(pointer);
  return Object.freeze(named === undefined ? { revision } : { revision, pointer: named });
}

/** Undefined where they are too long to be kept. */
function namesOf(pointer: Pointer): Pointer | undefined {
  const names = typeof pointer === "object" && pointer !== null ? takenPointer(pointer) : pointer;
  if (wrongPointer(names) !== undefined) {
    throw unfit("event.pointer of the cause", pointer, "a namespace, a type and an id");
  }
  const length = names.namespace.length + names.type.length + names.id.length;
  return length > CAUSE_POINTER_MAX ? undefined : Object.freeze(names);
}

function taken(part: string, text: unknown): string {
  if (typeof text !== "string") throw unfit(part, text, "a text");
  return text.slice(0, CAUSE_TEXT_MAX);
}

function unfit(part: string, value: unknown, may: string): StateError {
  const shown = typeof value === "object" && value !== null ? "an object" : String(value);
  const detail = `the ${part} is ${shown.slice(0, 64)}, and may be ${may}`;
  return new StateError({ refusal: "invalid-resource", detail });
}
