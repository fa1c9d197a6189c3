/** Following one resource: until it is as wanted, or until it goes. */
import type { CallOptions, CoreState, WatchConditions, WatchEvent } from "./state.ts";
import type { Pointer, Resource } from "./resource.ts";
import { StateError } from "./errors.ts";
import { parsePhase } from "./metadata.ts";

/** {@linkcode import("./state.ts").State.watchFor} on the operations of a back-end. */
export async function watchFor(
  core: CoreState,
  pointer: Pointer,
  { signal, ...conditions }: WatchConditions & CallOptions,
): Promise<Resource> {
  requireConditions(conditions);
  const options = signal === undefined ? {} : { signal };
  for await (const event of await core.watch(pointer, options)) {
    if (event.event === "errored") throw event.error;
    if (await meets(event, conditions)) return event.resource;
  }
  signal?.throwIfAborted();
  const detail = "the watch ended before the resource became as wanted";
  throw new StateError({ refusal: "closed", detail });
}

/** {@linkcode import("./state.ts").State.contextWithTeardown} on the operations of a back-end. */
export async function contextWithTeardown(
  core: CoreState,
  pointer: Pointer,
  options: CallOptions = {},
): Promise<AbortSignal> {
  const { signal } = options;
  const ended = new AbortController();
  const events = (await core.watch(pointer, options))[Symbol.asyncIterator]();
  const step = async (): Promise<void> => {
    try {
      const { done, value } = await events.next();
      if (done) ended.abort(signal?.aborted ? signal.reason : silent());
      else if (value.event === "errored") ended.abort(value.error);
      else if (isGoing(value)) ended.abort();
      if (ended.signal.aborted) await events.return?.();
    } catch (error) {
      ended.abort(error);
    }
  };
  const rest = async (): Promise<void> => {
    while (!ended.signal.aborted) await step();
  };
  // The first event tells how the resource is now: who is handed an aborted signal need not begin.
  await step();
  rest();
  return ended.signal;
}

function isGoing(event: Exclude<WatchEvent, { readonly event: "errored" }>): boolean {
  if (event.event === "destroyed") return true;
  const shows = event.event === "created" || event.event === "updated";
  return shows && event.resource.metadata.phase === "tearingDown";
}

function silent(): StateError {
  const detail = "the watch ended before the resource did";
  return new StateError({ refusal: "closed", detail });
}

const EVENTS: readonly string[] = [
  "created",
  "updated",
  "destroyed",
  "bootstrapped",
  "noop",
  "errored",
] satisfies readonly WatchEvent["event"][];

/** A misspelt condition would be waited for in vain. @throws {StateError} `invalid-query`, `invalid-resource`. */
function requireConditions(
  { events = [], phases = [], predicate, finalizersEmpty }: WatchConditions,
): void {
  const wrong = !Array.isArray(events) || !events.every((event) => EVENTS.includes(event))
    ? `events may be ${EVENTS.join(", ")}`
    : !Array.isArray(phases)
    ? "phases may be a list"
    : predicate !== undefined && typeof predicate !== "function"
    ? "predicate may be a function"
    : finalizersEmpty !== undefined && finalizersEmpty !== true
    ? "finalizersEmpty may be true"
    : undefined;
  if (wrong !== undefined) throw new StateError({ refusal: "invalid-query", detail: wrong });
  phases.forEach(parsePhase);
}

async function meets(
  event: Exclude<WatchEvent, { readonly event: "errored" }>,
  { events, predicate, finalizersEmpty, phases }: WatchConditions,
): Promise<boolean> {
  const { metadata } = event.resource;
  if (events !== undefined && !events.includes(event.event)) return false;
  if (predicate !== undefined && !await predicate(event.resource)) return false;
  if (finalizersEmpty && (event.event === "destroyed" || metadata.finalizers.length > 0)) {
    return false;
  }
  return phases === undefined || phases.includes(metadata.phase);
}
