/**
 * A holder of a resource who tries to change it, by every means of the language short of changing the language's own
 * objects, which every line of the process shares. Nobody else may see any of it.
 */
// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileOptionsSchema } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import { StateError } from "../core/errors.ts";
import { newMetadata, withMetadata } from "../core/metadata.ts";
import { OpaqueSpec } from "../core/opaque.ts";
import type { Metadata, Resource } from "../core/resource.ts";
import { resourceDefinitionType } from "../resources/meta.ts";
import { memoryState } from "./memory.ts";

function open() {
  return memoryState({ clock: new FakeClock(), random: new FakeRandom() });
}

const RICH = newMetadata({
  ...PATHS,
  id: "a",
  finalizers: ["F"],
  labels: { l: "1", ["__proto__"]: "2" },
  annotations: { n: "1" },
  updated: { seconds: 5n, nanos: 6 },
});
const CONTENT = () => ({ list: [{ deep: [1] }], map: { k: { v: "x" } }, text: "t", big: 1n });

/** All that can be seen, in text: by keys, by inherited names, by the methods of opaque specs. */
function seen(value: unknown): string {
  if (value instanceof OpaqueSpec) return `opaque ${value.proto()} ${value.yaml}`;
  if (Array.isArray(value)) return `[${value.map(seen).join()}]#${value.length}`;
  if (typeof value !== "object" || value === null) return String(value);
  const inherited: string[] = [];
  for (const key in value) if (!Object.hasOwn(value, key)) inherited.push(key);
  const own = Reflect.ownKeys(value).map((key) =>
    `${String(key)}:${seen(Reflect.get(value, key))}`
  );
  return `{${own.join()}|${inherited.join()}}`;
}

/** Tries everything on `value`, all it holds and what it inherits from. A refusal may be silent or a throw. */
function attack(value: unknown, done = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || done.has(value)) return;
  const shared: unknown[] = [
    Object.prototype,
    Array.prototype,
    Uint8Array.prototype,
    Object.getPrototypeOf(Uint8Array.prototype),
    Error.prototype,
    ArrayBuffer.prototype,
  ];
  if (shared.includes(value)) return;
  done.add(value);
  const keys: readonly (string | symbol)[] = [...Reflect.ownKeys(value), "added", Symbol.iterator];
  for (const key of keys) attack(quietly(() => Reflect.get(value, key)), done);
  attack(Object.getPrototypeOf(value), done);
  for (const key of keys) {
    quietly(() => Reflect.set(value, key, "evil"));
    quietly(() => Object.defineProperty(value, key, { value: "evil" }));
    quietly(() => Object.defineProperty(value, key, { get: () => "evil" }));
    quietly(() => Reflect.deleteProperty(value, key));
  }
  quietly(() => Object.setPrototypeOf(value, { evil: true }));
  quietly(() => Object.assign(value, { evil: true }));
  if (value instanceof Uint8Array) value.fill(0xee);
  if (value instanceof OpaqueSpec) quietly(() => value.proto()?.fill(0xee));
  if (!Array.isArray(value)) return;
  const methods = ["push", "pop", "shift", "unshift", "reverse", "sort", "fill", "copyWithin"];
  for (const name of methods) {
    quietly(() => Reflect.apply(Reflect.get(value, name), value, ["evil", "more"]));
  }
  quietly(() => value.splice(0, 1, "evil"));
  quietly(() => (value.length = 0));
}

function quietly(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    // Whatever a hostile object throws is its own business.
    return void error;
  }
}

const SPECS: Readonly<Record<string, () => unknown>> = {
  "a plain spec": CONTENT,
  "a message": () =>
    resourceDefinitionType.newResource("a", { aliases: ["x"], printColumns: [{ name: "n" }] }).spec,
  "a message that inherits defaults": () => create(FileOptionsSchema, { javaPackage: "p" }),
  "an opaque spec": () => new OpaqueSpec(Uint8Array.of(1, 2), "a: 1\n"),
};

for (const [name, spec] of Object.entries(SPECS)) {
  Deno.test(`memoryState() shows nobody what a holder of ${name} does to it`, async () => {
    const state = open();
    await using watch = new Probe(await state.watchKind(PATHS));
    const cause = { actor: "A", event: { revision: 1n } };
    const given = { metadata: { ...RICH, labels: { ...RICH.labels } }, spec: spec() };
    const made = await state.create(given, { cause });
    const before = seen(made);
    const log = seen(state.eventsNow(PATHS));
    attack(given);
    attack(cause);
    attack(made);
    attack(await state.get(made.metadata));
    attack(state.getNow(made.metadata));
    attack(await state.list(PATHS));
    attack(state.listNow(PATHS));
    attack(state.eventsNow(PATHS));
    const bootstrap = { bootstrapContents: true, bootstrapBookmark: true };
    for (const options of [bootstrap, { tailEvents: 1 }]) {
      await using other = new Probe(await state.watchKindAggregated(PATHS, options));
      attack(await other.next());
    }
    assertEquals(seen(await state.get(RICH)), before);
    assertEquals(state.listNow(PATHS).map(seen), [before]);
    assertEquals(seen(state.eventsNow(PATHS)), log);
    const event = await watch.next();
    assert(event.event === "created");
    assertEquals(seen(event.resource), before);
    await using later = new Probe(await state.watchKind(PATHS, { bootstrapContents: true }));
    const [first, end] = await later.take(2);
    assert(first?.event === "created" && end?.event === "bootstrapped");
    assertEquals(seen(first.resource), before);
  });
}

Deno.test("memoryState() gives every reader bookmarks of its own", async () => {
  const state = open();
  const one = new Probe(await state.watchKind(PATHS));
  const other = new Probe(await state.watchKind(PATHS));
  await state.create(path("a"));
  await state.create(path("b"));
  const taken = (await one.next()).bookmark;
  const kept = (await other.next()).bookmark;
  attack(taken);
  assert(kept !== undefined);
  const given = kept.slice();
  const resumed = new Probe(await state.watchKind(PATHS, { startFromBookmark: given }));
  attack(given);
  const next = await resumed.next();
  assert(next.event === "created" && next.resource.metadata.id === "b");
  for (const probe of [one, other, resumed]) await probe[Symbol.asyncDispose]();
});

Deno.test("memoryState() gives every watch an end of its own", async () => {
  const state = memoryState({
    clock: new FakeClock(),
    random: new FakeRandom(),
    history: { initial: 2, maximum: 2, gap: 0 },
  });
  await using one = new Probe(await state.watchKind(PATHS));
  await using other = new Probe(await state.watchKind(PATHS));
  for (const id of ["a", "b", "c"]) await state.create(path(id));
  attack(await one.next());
  const end = await other.next();
  assert(end.event === "errored" && end.error instanceof StateError);
  assertEquals(end.error.failure.refusal, "overrun");
  assertEquals(Reflect.get(end.error, "evil"), undefined);
  assert(end.error.message.startsWith("buffer overrun"));
});

Deno.test("memoryState() reads metadata once, whatever it answers later", async () => {
  const state = open();
  await state.create(path("a"));
  let asked = 0;
  const shifty = Object.defineProperty({ ...RICH }, "id", {
    get: () => ++asked > 1 ? "a" : "b",
    enumerable: true,
  });
  const labels = Object.freeze(Object.create(null, {
    l: { get: () => String(++asked), enumerable: true },
  }));
  const made = await state.create({ metadata: { ...shifty, labels }, spec: {} });
  await assertRejects(() => state.create({ metadata: shifty, spec: {} }), StateError, "exists");
  assertEquals(state.listNow(PATHS).map(({ metadata }) => metadata.id), ["a", made.metadata.id]);
  assertEquals(made.metadata.labels["l"], made.metadata.labels["l"]);
});

Deno.test("memoryState() takes frozen parts only when nothing behind them answers", async () => {
  const state = open();
  let asked = 0;
  const answers = () => String(++asked);
  const finalizers = Object.freeze(
    Object.defineProperty(["x"], 0, { get: answers, enumerable: true }),
  );
  class Names extends Array<string> {}
  const time = Object.freeze({
    get seconds(): bigint {
      return BigInt(++asked);
    },
    nanos: 0,
  });
  const metadata: Metadata = { ...RICH, finalizers, updated: time };
  const made = await state.create({ metadata, spec: {} });
  const before = seen(made);
  assertEquals(seen(state.getNow(RICH)), before);
  const named = { ...RICH, id: "b", finalizers: Object.freeze(Names.from(["x"])) };
  const other = await state.create({ metadata: named, spec: {} });
  assert(Object.getPrototypeOf(other.metadata.finalizers) === Array.prototype);
});

Deno.test("memoryState() refuses specs that freezing does not reach", async () => {
  const state = open();
  class Evil extends OpaqueSpec {
    override proto(): Uint8Array<ArrayBuffer> {
      return new Uint8Array(1);
    }
  }
  class Items extends Array<number> {}
  const hidden = Object.defineProperty({}, "h", { value: {}, enumerable: false });
  const cases: Readonly<Record<string, unknown>> = {
    "an accessor": {
      get a(): number {
        return 1;
      },
    },
    "spec.h immutable: it is hidden": hidden,
    "hidden": { [Symbol("s")]: {} },
    "spec[0] immutable: it is an accessor": Object.defineProperty([], 0, { get: () => 1 }),
    "spec[extra]": Object.assign([1], { extra: new Map() }),
    "an array with methods of its own": { a: Items.from([1]) },
    "it is a Evil": new Evil(undefined, ""),
    "it is a OpaqueSpec": Object.create(OpaqueSpec.prototype),
    "it is a Uint8Array": new Uint8Array(1),
  };
  for (const [message, spec] of Object.entries(cases)) {
    const refused = { metadata: RICH, spec };
    const shown = message.includes("Uint8Array") ? "it is bytes" : message;
    const text = message.startsWith("spec[0]") ? "spec[0] immutable: it is hidden" : shown;
    await assertRejects(() => state.create(refused), StateError, text);
  }
  const inherits = Object.create({ inherited: {} }, {
    $typeName: { value: "x", enumerable: true },
  });
  await assertRejects(() => state.create({ metadata: RICH, spec: inherits }), StateError);
  assertEquals(state.eventsNow(PATHS), []);
});

Deno.test("memoryState() refuses proxies, which freezing does not bind", async () => {
  const state = open();
  const held = { inner: { a: 1 } };
  const handlers: readonly ProxyHandler<typeof held>[] = [
    {},
    { preventExtensions: () => false },
    { ownKeys: (target) => Object.isExtensible(target) ? [] : Reflect.ownKeys(target) },
  ];
  for (const handler of handlers) {
    const proxy = new Proxy(held, handler);
    // A second time too: nothing was noted of the first.
    for (const [part, spec] of Object.entries({ "spec": proxy, "spec[0]": [proxy] })) {
      const create = () => state.create({ metadata: RICH, spec });
      await assertRejects(create, StateError, `Cannot make ${part} immutable: it is a proxy`);
    }
  }
  assertEquals([Object.isFrozen(held), state.eventsNow(PATHS)], [false, []]);
});

Deno.test("memoryState() keeps updates as they were given", async () => {
  const state = open();
  const made = await state.create({ metadata: newMetadata({ ...PATHS, id: "a" }), spec: {} });
  const held: Resource = { metadata: made.metadata, spec: CONTENT() };
  await using watch = new Probe(await state.watchKind(PATHS));
  const changed = await state.update(withMetadata(held, { labels: { a: "1" } }));
  const before = seen(changed);
  await using other = new Probe(await state.watchKind(PATHS, { tailEvents: 2 }));
  attack(await other.take(2));
  attack(held);
  const event = await watch.next();
  assert(event.event === "updated");
  assertEquals([seen(event.resource), seen(event.old)], [before, seen(made)]);
});
