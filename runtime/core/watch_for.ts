/** Waiting for a resource to become as wanted. */
import type { CallOptions, CoreState, WatchEvent } from "./state.ts";
import type { Phase, Pointer, Resource } from "./resource.ts";
import { StateError } from "./errors.ts";

/** What to wait for: all that is given must hold at once. Nothing given: the first event is it. */
export interface WatchConditions {
  /** Any of them. A resource that is there already counts as `created`, a missing one as `destroyed`. */
  readonly events?: readonly WatchEvent["event"][];
  /** What it throws ends the wait. A missing resource is shown as a tombstone. */
  readonly predicate?: (resource: Resource) => boolean | Promise<boolean>;
  /** That it is there and nobody holds it. */
  readonly finalizersEmpty?: true;
  /** Any of them. A missing resource counts as running. */
  readonly phases?: readonly Phase[];
}

/**
 * Waits, without limit but the signal, for an event that meets all conditions.
 *
 * @returns The resource of that event.
 * @throws {StateError} What the watch ended with; `closed` when it ended in silence.
 */
export async function watchFor(
  core: CoreState,
  pointer: Pointer,
  { signal, ...conditions }: WatchConditions & CallOptions,
): Promise<Resource> {
  const options = signal === undefined ? {} : { signal };
  for await (const event of await core.watch(pointer, options)) {
    if (event.event === "errored") throw event.error;
    if (await meets(event, conditions)) return event.resource;
  }
  signal?.throwIfAborted();
  const detail = "the watch ended before the resource became as wanted";
  throw new StateError({ refusal: "closed", detail });
}

/**
 * A signal that aborts when the resource is missing, torn down or destroyed, when watching it fails, or with `signal`.
 *
 * Keeps a watch open until it aborts.
 */
export async function teardownSignal(
  core: CoreState,
  pointer: Pointer,
  { signal }: { readonly signal: AbortSignal },
): Promise<AbortSignal> {
  const ended = new AbortController();
  const events = await core.watch(pointer, { signal });
  const follow = async (): Promise<void> => {
    for await (const event of events) {
      if (event.event === "errored") return ended.abort(event.error);
      const going = event.event === "destroyed" || event.resource.metadata.phase === "tearingDown";
      if (going) return ended.abort();
    }
    ended.abort(signal.reason);
  };
  follow().catch((error: unknown) => ended.abort(error));
  return ended.signal;
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
