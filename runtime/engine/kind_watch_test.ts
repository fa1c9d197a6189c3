// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { INTS, item } from "../../tests/fakes/engine_house.ts";
import { FakeLog } from "../../tests/fakes/log.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { tombstone } from "../core/metadata.ts";
import type { CoreState, WatchEvent } from "../core/state.ts";
import { StateError } from "../core/errors.ts";
import { KindWatch } from "./kind_watch.ts";

type Step = readonly WatchEvent[] | Error;

const created = (id: string): WatchEvent => ({ event: "created", resource: item(INTS, id, "") });
const destroyed = (id: string): WatchEvent => ({
  event: "destroyed",
  resource: item(INTS, id, ""),
});
const bootstrapped: WatchEvent = {
  event: "bootstrapped",
  resource: tombstone({ ...INTS, id: "" }),
};
const overrun: WatchEvent = {
  event: "errored",
  error: new StateError({ refusal: "overrun", detail: "too slow" }),
};

/** A watch of what the script shows: one list of steps for each time it is opened; the last one stays open. */
function scripted(script: readonly (readonly Step[])[]) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const seen: string[] = [];
  let opened = 0;
  const watchKindAggregated: CoreState["watchKindAggregated"] = (_kind, options) => {
    const steps = script[opened++] ?? [];
    if (steps[0] instanceof Error) return Promise.reject(steps[0]);
    return Promise.resolve(played(steps, opened >= script.length ? options?.signal : undefined));
  };
  const options = {
    state: { watchKindAggregated } as CoreState, // Nothing else of it is used.
    clock,
    random: new FakeRandom(),
    log: new FakeLog(),
    signal: stop.signal,
    onChange: ({ metadata }: { readonly metadata: { readonly id: string } }) =>
      void seen.push(metadata.id),
    onLoss(
      ...[, { present, vanished }]: Parameters<ConstructorParameters<typeof KindWatch>[1]["onLoss"]>
    ) {
      const gone = vanished.map(({ id }) => id).join();
      seen.push(`there ${[...present?.keys() ?? []].join()}, gone ${gone}`);
    },
    onOverrun: () => void seen.push("overrun"),
  };
  const watch = new KindWatch(INTS, options, { cache: undefined, followed: true });
  return { watch, clock, seen, stop };
}

async function* played(
  steps: readonly Step[],
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly WatchEvent[]> {
  for (const step of steps) {
    if (step instanceof Error) throw step;
    yield step;
  }
  if (signal === undefined || signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

Deno.test("KindWatch tells what vanished while events were lost, and nothing that was told", async () => {
  const { watch, clock, seen, stop } = scripted([
    [
      [created("early"), created("gone"), bootstrapped],
      [created("late"), destroyed("early")],
      [overrun],
    ],
    [[created("new")], [created("late"), bootstrapped], [created("after")]],
  ]);
  assertEquals((await watch.listed).map(({ id }) => id), ["early", "gone"]);
  await clock.advance(0);
  assertEquals(seen, ["late", "early", "overrun", "there new,late, gone gone", "after"]);
  assertEquals((await watch.listed).map(({ id }) => id), ["new", "late", "after"]);
  stop.abort();
  await watch.ended;
});

Deno.test("KindWatch waits longer after each failure, and not after it worked", async () => {
  const broken = new Error("broken");
  const { watch, clock, stop } = scripted([
    ...Array.from({ length: 8 }, () => [broken]),
    [[bootstrapped], broken],
    [[bootstrapped]],
  ]);
  for (let failures = 1; failures <= 8; failures++) {
    await clock.sleeping();
    assert((clock.pendingMs[0] ?? 0) >= 250 * 1.5 ** (failures - 1));
    await clock.advance(clock.pendingMs[0] ?? 0);
  }
  assert((clock.pendingMs[0] ?? Infinity) <= 750);
  await clock.advance(750);
  assertEquals(clock.pendingMs, []);
  await watch.opened;
  stop.abort();
  await watch.ended;
});

Deno.test("KindWatch that ends by itself is opened anew, like one that failed", async () => {
  const { clock, seen, watch, stop } = scripted([[[bootstrapped]], [[created("a"), bootstrapped]]]);
  await clock.sleeping();
  assertEquals(seen, []);
  await clock.advance(750);
  assertEquals(seen, ["there a, gone "]);
  stop.abort();
  await watch.ended;
});
