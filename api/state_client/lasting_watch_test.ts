// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { brief, path, PATHS, Probe, term } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { RemoteState } from "../../tests/fakes/remote_state.ts";
import { StateError } from "../../runtime/core/errors.ts";
import type { WatchEvent } from "../../runtime/core/state.ts";
import { memoryState } from "../../runtime/state/memory.ts";

/** A remote state whose time is moved by hand. */
class House extends RemoteState {
  constructor(readonly time = new FakeClock()) {
    super({ clock: time });
  }

  /** Lets time pass, as everybody sleeps, until `awaited` settles. @returns It, and the milliseconds. */
  async passing<T>(awaited: Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
    const { time } = this;
    const start = time.monotonicMs();
    let settled = false;
    awaited.catch(() => {}).finally(() => settled = true);
    for (let turns = 0; !settled; turns++) {
      if (turns > 20_000) throw new Error("Cannot wait any longer: it does not come");
      for (let turn = 0; turn < 6; turn++) await time.advance(0);
      const [nextMs] = time.pendingMs;
      if (!settled && nextMs !== undefined) await time.advance(nextMs);
    }
    return { value: await awaited, ms: time.monotonicMs() - start };
  }
}

function errorOf(event: WatchEvent): StateError {
  if (event.event !== "errored") throw new Error(`Cannot find an error: ${brief(event)}`);
  return event.error;
}

for (const how of ["cut", "restart"] as const) {
  Deno.test(`lastingWatch() goes on from the last event after a ${how}, missing nothing`, async () => {
    await using house = new House();
    const query = { labels: [[term("app", "exists")]] };
    await using all = new Probe(await house.state.watchKind(PATHS, { bootstrapBookmark: true }));
    await using some = new Probe(
      await house.state.watchKindAggregated(PATHS, { query, bootstrapContents: true }),
    );
    await using one = new Probe(await house.state.watch(path("a").metadata));
    assertEquals(brief(await all.next()), "noop @undefined");
    assertEquals((await some.next()).map(brief), ["bootstrapped @undefined"]);
    assertEquals(brief(await one.next()), "destroyed a@undefined");
    await house.local.create(path("a", { app: "x" }));
    assertEquals(brief(await one.next()), "created a@1");
    assertEquals((await some.next()).map(brief), ["created a@1"]);
    if (how === "cut") await house.cut();
    else await house.stop();
    await house.local.create(path("b"));
    await house.local.destroy(path("a").metadata);
    await house.local.create(path("c", { app: "y" }));
    if (how === "restart") house.start();
    const seen = await house.passing(all.take(4));
    assertEquals(seen.value.map(brief), [
      "created a@1",
      "created b@1",
      "destroyed a@1",
      "created c@1",
    ]);
    assertEquals(brief((await house.passing(one.next())).value), "destroyed a@1");
    const batches: string[] = [];
    while (batches.length < 2) batches.push(...(await house.passing(some.next())).value.map(brief));
    assertEquals(batches, ["destroyed a@1", "created c@1"]);
  });
}

Deno.test("lastingWatch() ends where there is nothing to go on from", async () => {
  await using house = new House();
  await using one = new Probe(await house.state.watch(path("a").metadata));
  assertEquals(brief(await one.next()), "destroyed a@undefined");
  await house.cut();
  const { failure, message } = errorOf((await house.passing(one.next())).value);
  assertEquals(failure.refusal, "closed");
  assertStringIncludes(
    message,
    "the watch of os/path in default is lost: the connection broke off",
  );
  assertEquals(await one.done(), true);
});

Deno.test("lastingWatch() ends when the server does not know its position any more", async () => {
  await using house = new House();
  await using watch = new Probe(await house.state.watchKind(PATHS, { bootstrapBookmark: true }));
  await watch.next();
  await house.stop();
  house.start(memoryState({ clock: house.time, random: new FakeRandom(9) }));
  const error = errorOf((await house.passing(watch.next())).value);
  assertEquals(error.failure.refusal, "invalid-bookmark");
  assertEquals(await watch.done(), true);
});

Deno.test("lastingWatch() gives up after a quarter of an hour, which every event begins anew", async () => {
  await using house = new House();
  await using watch = new Probe(await house.state.watchKind(PATHS, { bootstrapBookmark: true }));
  await watch.next();
  for (let round = 0; round < 3; round++) {
    await house.stop();
    const next = watch.next();
    // Nine minutes, thrice.
    for (let count = 0; count < 54; count++) await house.time.advance(10_000);
    house.start();
    await house.local.create(path(`${round}`));
    assertEquals(brief((await house.passing(next)).value), `created ${round}@1`);
  }
  await house.stop();
  const { value, ms } = await house.passing(watch.next());
  const error = errorOf(value);
  assertEquals(error.failure.refusal, "closed");
  assertStringIncludes(error.message, "Connection refused");
  assert(ms > 13 * 60_000 && ms <= 15 * 60_000, `${ms} ms`);
  assertEquals(await watch.done(), true);
});

Deno.test("lastingWatch() ends in silence whenever it is returned or aborted, and leaves nothing", async () => {
  await using house = new House();
  const quiet = async () => {
    for (let turn = 0; turn < 12; turn++) await house.time.advance(0);
    return house.client.waiting;
  };
  for (const where of ["standing", "lost"] as const) {
    const left = new AbortController();
    const options = { bootstrapBookmark: true };
    const returned = new Probe(await house.state.watchKind(PATHS, options));
    const batches = new Probe(await house.state.watchKindAggregated(PATHS, options));
    const aborted = new Probe(
      await house.state.watchKind(PATHS, { ...options, signal: left.signal }),
    );
    for (const watch of [returned, batches, aborted]) await watch.next();
    if (where === "lost") await house.stop();
    const pending = [returned.done(), batches.done(), aborted.done()];
    await quiet();
    await returned[Symbol.asyncDispose]();
    await batches[Symbol.asyncDispose]();
    left.abort();
    assertEquals(await Promise.all(pending), [true, true, true]);
    assertEquals(await quiet(), 0);
  }
  house.client.close();
  await quiet();
  assertEquals(house.time.pendingMs, []);
});

Deno.test("lastingWatch() refuses at once what the server refuses", async () => {
  await using house = new House();
  const left = AbortSignal.abort(new Error("no longer wanted"));
  await assertRejects(
    () => house.state.watchKind(PATHS, { signal: left }),
    Error,
    "no longer wanted",
  );
  await house.stop();
  const { value } = await house.passing(
    assertRejects(() => house.state.watchKind(PATHS), StateError, "Connection refused"),
  );
  assertEquals(value.failure.refusal, "closed");
});

Deno.test("lastingWatch() tells of an overrun once, and ends", async () => {
  await using house = new RemoteState({ history: { initial: 4, maximum: 4, gap: 1 } });
  await using watch = new Probe(await house.state.watchKind(PATHS));
  // In one turn: nobody reads meanwhile.
  await Promise.all(Array.from({ length: 9 }, (_, id) => house.local.create(path(`${id}`))));
  const error = errorOf(await watch.next());
  assertEquals(error.failure.refusal, "overrun");
  assertStringIncludes(error.message, "buffer overrun");
  assertEquals(await watch.done(), true);
});
