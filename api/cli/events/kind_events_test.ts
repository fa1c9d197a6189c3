// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "../../../tests/fakes/clock.ts";
import { newMetadata } from "../../../runtime/core/metadata.ts";
import { StateError } from "../../../runtime/core/errors.ts";
import type { CoreState, KindWatchOptions, WatchEvent } from "../../../runtime/core/state.ts";
import { kindEvents, TAIL_ALL } from "./kind_events.ts";

const KIND = { namespace: "n", type: "T.x" };

function event(name: "created" | "noop", at: number): WatchEvent {
  const metadata = newMetadata({ ...KIND, id: `${at}` });
  return { event: name, resource: { metadata, spec: {} }, bookmark: new Uint8Array([at]) };
}

/** Answers each watch with the next script: batches, and then silence. */
function scripted(scripts: readonly (readonly (readonly WatchEvent[])[])[]) {
  const asked: KindWatchOptions[] = [];
  let closed = 0;
  const state = {
    watchKindAggregated(_: unknown, options: KindWatchOptions) {
      const script = scripts[asked.length] ?? [];
      asked.push(options);
      async function* batches() {
        try {
          for (const batch of script) yield await Promise.resolve(batch);
        } finally {
          closed++;
        }
      }
      return Promise.resolve(batches());
    },
  };
  const source = {
    // Nothing else of a state is asked for.
    state: state as unknown as CoreState,
    clock: new FakeClock(),
    signal: new AbortController().signal,
  };
  return { source, asked, closed: () => closed };
}

/** Ids of changes, and the words of what was missed. */
async function told(events: Awaited<ReturnType<typeof kindEvents>>): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const batch of events.live()) {
    found.push(
      ...batch.map((each) => each.event === "missed" ? each.reason.message : each.metadata.id),
    );
  }
  return found;
}

Deno.test("kindEvents() tells the past from what comes by the newest position", async () => {
  const { source, asked, closed } = scripted([
    // The tail, and an event that came while the end was asked for.
    [[event("noop", 3)], [event("created", 4), event("created", 5), event("created", 6)], [
      event("created", 7),
    ]],
    [[event("noop", 5)]],
  ]);
  const events = await kindEvents(source, { kind: KIND, tail: 2 });
  assertEquals(events.past.map(({ metadata }) => metadata.id), ["4", "5"]);
  assertEquals(await told(events), ["6", "7"]);
  assertEquals(asked.map(({ tailEvents, bootstrapBookmark }) => [tailEvents, bootstrapBookmark]), [[
    2,
    true,
  ], [0, true]]);
  assertEquals(closed(), 2);
});

Deno.test("kindEvents() has no past where nothing happened, or none is asked for", async () => {
  const { source } = scripted([[[event("noop", 3)], [event("created", 4)]], [[event("noop", 3)]]]);
  const events = await kindEvents(source, { kind: KIND, tail: 9 });
  assertEquals([events.past, await told(events)], [[], ["4"]]);
  const none = scripted([[[event("noop", 3)], [event("created", 4)]]]);
  assertEquals(await told(await kindEvents(none.source, { kind: KIND, tail: 0 })), ["4"]);
  assertEquals(none.asked.length, 1);
});

Deno.test("kindEvents() says what was missed, and goes on with all that is remembered", async () => {
  const overrun = new StateError({ refusal: "overrun", detail: "too slow" });
  const anew = new StateError({ refusal: "invalid-bookmark", detail: "there is no such position" });
  const { source, asked } = scripted([
    [[event("noop", 0), event("created", 1), { event: "errored", error: overrun }]],
    [[event("noop", 4), event("created", 5)], [{ event: "errored", error: anew }]],
    [[event("noop", 0), event("created", 1)]],
  ]);
  const found = await told(await kindEvents(source, { kind: KIND, tail: 0 }));
  assertEquals(found, ["1", overrun.message, "5", anew.message, "1"]);
  assertEquals(asked.map(({ tailEvents }) => tailEvents), [0, TAIL_ALL, TAIL_ALL]);
});

Deno.test("kindEvents() ends with the error of a watch that is lost for good", async () => {
  const closed = new StateError({ refusal: "closed", detail: "the watch is lost" });
  const { source } = scripted([[[event("noop", 0)], [{ event: "errored", error: closed }]]]);
  const events = await kindEvents(source, { kind: KIND, tail: 0 });
  await assertRejects(() => told(events), StateError, "the watch is lost");
});
