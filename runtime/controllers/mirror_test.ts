// @ts-types="../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { house, until } from "../../tests/fakes/engine_house.ts";
import type { SpecInit } from "../core/spec_init.ts";
import type { State } from "../core/state.ts";
import { watchFor } from "../core/watch_for.ts";
import { bootStep } from "../resources/runtime.ts";
import { mirrorController, type Source } from "./mirror.ts";

type Spec = SpecInit<typeof bootStep>;

const NAME = "test.MirrorController";

/** A source that a test changes by hand. */
class FakeSource implements Source<typeof bootStep> {
  readonly specs = new Map<string, Spec>();
  /** Thrown by the next read. */
  failure: Error | undefined;
  readonly followers = new Set<() => void>();

  read(): ReadonlyMap<string, Spec> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    return new Map(this.specs);
  }

  follow(changed: () => void, signal: AbortSignal): void {
    this.followers.add(changed);
    signal.addEventListener("abort", () => this.followers.delete(changed), { once: true });
  }

  put(specs: Readonly<Record<string, Spec | undefined>>): void {
    for (const [id, spec] of Object.entries(specs)) {
      if (spec === undefined) this.specs.delete(id);
      else this.specs.set(id, spec);
    }
    for (const changed of this.followers) changed();
  }
}

/** Waits until a resource has that detail. */
async function shows(state: State, id: string, detail: string): Promise<void> {
  await watchFor(state, { namespace: "runtime", type: bootStep.type, id }, {
    events: ["created", "updated"],
    predicate: (resource) => bootStep.is(resource) && resource.spec.detail === detail,
  });
}

async function gone(state: State, id: string): Promise<void> {
  const pointer = { namespace: "runtime", type: bootStep.type, id };
  await watchFor(state, pointer, { events: ["destroyed"] });
}

function mirror(source: FakeSource) {
  return mirrorController({ name: NAME, definition: bootStep, source });
}

Deno.test("mirrorController() creates what is there, as its owner", async () => {
  await using place = house();
  const source = new FakeSource();
  source.put({ a: { detail: "one" }, "b/c": { detail: "two" } });
  place.engine.register(mirror(source));
  place.start();
  await shows(place.state, "a", "one");
  await shows(place.state, "b/c", "two");
  const { metadata } = await place.state.get({
    namespace: "runtime",
    type: bootStep.type,
    id: "a",
  });
  assertEquals([metadata.owner, metadata.version], [NAME, 1n]);
});

Deno.test("mirrorController() updates what differs, leaves the rest and destroys what is gone", async () => {
  await using place = house();
  const source = new FakeSource();
  source.put({ same: { detail: "x" }, other: { detail: "x" }, going: { detail: "x" } });
  place.engine.register(mirror(source));
  place.start();
  await shows(place.state, "same", "x");
  source.put({ other: { detail: "y" }, going: undefined });
  await shows(place.state, "other", "y");
  await gone(place.state, "going");
  const all = await place.state.list(bootStep);
  assertEquals(all.map(({ metadata: { id, version } }) => [id, version]), [
    ["other", 2n],
    ["same", 1n],
  ]);
});

Deno.test("mirrorController() runs again after a source that threw, and is followed once", async () => {
  await using place = house();
  const source = new FakeSource();
  source.failure = new Error("the source is away");
  source.put({ a: { detail: "one" } });
  place.engine.register(mirror(source));
  place.start();
  await place.clock.sleeping();
  assertEquals(place.engine.controllers()[0]?.lastError, "the source is away");
  assertEquals(source.followers.size, 0);
  await place.clock.advance(1_000);
  await shows(place.state, "a", "one");
  assertEquals(source.followers.size, 1);
  source.put({ a: { detail: "two" } });
  await shows(place.state, "a", "two");
});

Deno.test("mirrorController() goes on while somebody holds what is gone, and destroys it later", async () => {
  await using place = house();
  const source = new FakeSource();
  source.put({ held: { detail: "old" }, free: { detail: "x" } });
  place.engine.register(mirror(source));
  place.start();
  await shows(place.state, "held", "old");
  const held = { namespace: "runtime", type: bootStep.type, id: "held" };
  await place.state.addFinalizer(held, ["somebody"]);
  source.put({ held: undefined, free: { detail: "y" } });
  await shows(place.state, "free", "y");
  const torn = await place.state.get(held);
  assertEquals([torn.metadata.phase, torn.metadata.finalizers], ["tearingDown", ["somebody"]]);
  // It comes back meanwhile: made anew once the old one is gone.
  source.put({ held: { detail: "new" } });
  await place.state.removeFinalizer(held, ["somebody"]);
  await shows(place.state, "held", "new");
  const [status] = place.engine.controllers();
  assertEquals([status?.crashes, (await place.state.get(held)).metadata.phase], [0, "running"]);
});

Deno.test("mirrorController() lets go of its source when the engine ends", async () => {
  const place = house();
  const source = new FakeSource();
  place.engine.register(mirror(source));
  place.start();
  await until(place.engine, () => source.followers.size === 1);
  await place[Symbol.asyncDispose]();
  assertEquals(source.followers.size, 0);
});

Deno.test("mirrorController() looks again at no spec that it has told, but writes it anew where it is gone", async () => {
  await using place = house();
  const source = new FakeSource();
  let looks = 0;
  const told: Spec = {
    get detail() {
      looks += 1;
      return "told";
    },
  };
  source.put({ a: told, b: { detail: "one" } });
  place.engine.register(mirror(source));
  place.start();
  await shows(place.state, "b", "one");
  await shows(place.state, "a", "told");
  const before = looks;
  for (const detail of ["two", "three"]) {
    source.put({ b: { detail } });
    await shows(place.state, "b", detail);
  }
  assertEquals(looks, before);

  const pointer = { namespace: "runtime", type: bootStep.type, id: "a" };
  await place.state.teardownAndDestroy(pointer, { owner: NAME });
  source.put({ b: { detail: "four" } });
  await shows(place.state, "a", "told");
  source.put({ a: { detail: "another" } });
  await shows(place.state, "a", "another");
});
