// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { path } from "../../tests/conformance/state_fixtures.ts";
import { isClosed, StateError } from "./errors.ts";
import { tombstone, withMetadata } from "./metadata.ts";
import type { CoreState, WatchEvent } from "./state.ts";
import { withHelpers } from "./state_helpers.ts";

const { metadata } = path("a");
const CREATED = { event: "created", resource: path("a") } as const satisfies WatchEvent;
const TORN: WatchEvent = {
  event: "updated",
  old: path("a"),
  resource: withMetadata(path("a"), { phase: "tearingDown" }),
};
const LOST = new StateError({ refusal: "overrun", detail: "too slow" });

/** A state whose watches deliver these events, and what becomes of the watches. */
function watched(...events: readonly (WatchEvent | Error)[]) {
  let returned = 0;
  const refuse = (): never => {
    throw new TypeError("Cannot call this: only watch() is needed");
  };
  async function* watch(): AsyncGenerator<WatchEvent> {
    try {
      for (const event of events) {
        await Promise.resolve();
        if (event instanceof Error) throw event;
        yield event;
      }
    } finally {
      returned++;
    }
  }
  const core: CoreState = {
    get: refuse,
    list: refuse,
    create: refuse,
    update: refuse,
    destroy: refuse,
    watch: () => Promise.resolve(watch()),
    watchKind: refuse,
    watchKindAggregated: refuse,
  };
  return { state: withHelpers(core), returned: () => returned };
}

async function aborted(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return signal.reason;
}

Deno.test("State.contextWithTeardown() has the error of the watch for its reason", async () => {
  const errored: WatchEvent = { event: "errored", error: LOST };
  for (const events of [[errored], [CREATED, errored]]) {
    const { state } = watched(...events);
    assertStrictEquals(await aborted(await state.contextWithTeardown(metadata)), LOST);
  }
  const thrown = new TypeError("broken");
  for (const events of [[thrown], [CREATED, thrown]]) {
    const { state } = watched(...events);
    assertStrictEquals(await aborted(await state.contextWithTeardown(metadata)), thrown);
  }
});

Deno.test("State.contextWithTeardown() aborts when its watch ends in silence", async () => {
  for (const events of [[], [CREATED]]) {
    const { state } = watched(...events);
    const reason = await aborted(await state.contextWithTeardown(metadata));
    assert(isClosed(reason) && reason instanceof StateError);
    assertEquals(reason.message, "the watch ended before the resource did");
  }
});

Deno.test("State.contextWithTeardown() ends its watch with the resource", async () => {
  const missing: WatchEvent = { event: "destroyed", resource: tombstone(metadata) };
  for (const events of [[missing, CREATED], [CREATED, TORN, CREATED], [TORN, CREATED]]) {
    const { state, returned } = watched(...events);
    const context = await state.contextWithTeardown(metadata);
    assertEquals(context.aborted, events[0] !== CREATED);
    await aborted(context);
    await Promise.resolve();
    assertEquals(returned(), 1);
  }
});

Deno.test("State.contextWithTeardown() looks past what tells of no resource", async () => {
  const torn = TORN.event === "updated" ? TORN.resource : path("a");
  const { state } = watched({ event: "noop", resource: torn }, CREATED, TORN);
  const context = await state.contextWithTeardown(metadata);
  assertEquals(context.aborted, false);
  await aborted(context);
});

Deno.test("State.watchFor() ends with the error of the watch", async () => {
  const { state, returned } = watched(CREATED, { event: "errored", error: LOST });
  const waiting = () => state.watchFor(metadata, { phases: ["tearingDown"] });
  assertStrictEquals(await assertRejects(waiting), LOST);
  assertEquals(returned(), 1);
  const silent = () => watched(CREATED).state.watchFor(metadata, { events: ["destroyed"] });
  const words = "the watch ended before the resource became as wanted";
  assert(isClosed(await assertRejects(silent, StateError, words)));
});

Deno.test("State.watchFor() may wait for any event there is", async () => {
  const { resource } = CREATED;
  const noop: WatchEvent = { event: "noop", resource: tombstone(metadata) };
  const bootstrapped: WatchEvent = { event: "bootstrapped", resource: tombstone(metadata) };
  for (const marker of [noop, bootstrapped]) {
    const { state } = watched(CREATED, marker);
    const found = await state.watchFor(metadata, { events: [marker.event] });
    assertStrictEquals(found, marker.resource);
  }
  const { state } = watched(CREATED);
  const found = await state.watchFor(metadata, { events: ["errored", "created"] });
  assertStrictEquals(found, resource);
});
