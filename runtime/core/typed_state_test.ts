// @ts-types="../../types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type NamespaceSpec,
  NamespaceSpecSchema,
  type ResourceDefinitionSpec,
  ResourceDefinitionSpecSchema,
} from "../../proto/gen/cosi/resource/meta/meta_pb.ts";
import { Probe } from "../../tests/conformance/state_fixtures.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { memoryState } from "../state/memory.ts";
import { defineResource } from "./definition.ts";
import { StateError } from "./errors.ts";
import { newMetadata, withMetadata } from "./metadata.ts";
import { OpaqueSpec } from "./opaque.ts";
import type { Resource } from "./resource.ts";
import type { State } from "./state.ts";
import { type TypedLocalState, typedState } from "./typed_state.ts";

const definitions = defineResource({
  descriptor: ResourceDefinitionSpecSchema,
  type: "ResourceDefinitions.meta.cosi.dev",
  namespace: "meta",
});
const namespaces = defineResource({
  descriptor: NamespaceSpecSchema,
  type: "Namespaces.meta.cosi.dev",
  namespace: "meta",
});

function open() {
  const state = memoryState({ clock: new FakeClock(), random: new FakeRandom() });
  return { state, typed: typedState(state) };
}

/** A resource of a known type that arrived as bytes nobody read. */
function unread(id: string) {
  const metadata = newMetadata({ namespace: "meta", type: namespaces.type, id });
  return { metadata, spec: new OpaqueSpec(Uint8Array.of(1), "") };
}

Deno.test("typedState() writes and reads specs of their type", async () => {
  const { typed } = open();
  const spec = { description: "one" };
  const made = await typed.create(namespaces, { id: "a", spec, labels: { l: "v" } });
  assertEquals([made.spec.description, made.metadata.labels["l"]], ["one", "v"]);
  assertEquals((await typed.get(namespaces, "a")).spec.description, "one");
  const next = namespaces.withSpec(made, { description: "two" });
  assertEquals((await typed.update(namespaces, next)).metadata.version, 2n);
  const query = {
    labels: [[{ key: "l", operation: "exists", values: [], invert: false }]],
  } as const;
  const listed = await typed.list(namespaces, query);
  assertEquals(listed.map((found) => found.spec.description), ["two"]);
  assertEquals(typed.listNow(namespaces, { id: "z" }), []);
  assertEquals(typed.getNow(namespaces, "a")?.spec.description, "two");
  assertEquals(typed.getNow(namespaces, "b"), undefined);
  await typed.destroy(namespaces, "a");
  assertEquals(await typed.list(namespaces), []);
});

Deno.test("typedState() looks elsewhere when told to", async () => {
  const { typed } = open();
  const place = { namespace: "other" };
  await typed.create(namespaces, { id: "a", spec: {}, namespace: "other" });
  await typed.modify(namespaces, "b", (it) => namespaces.withSpec(it, {}), place);
  assertEquals((await typed.list(namespaces, {}, place)).length, 2);
  assertEquals(typed.listNow(namespaces), []);
});

Deno.test("typedState().modify() makes what is missing and changes what is there", async () => {
  const { typed } = open();
  const write = (description: string) =>
    typed.modify(namespaces, "a", (it) => {
      return namespaces.withSpec(it, { description: it.spec.description + description });
    });
  assertEquals((await write("x")).spec.description, "x");
  const second = await write("y");
  assertEquals([second.spec.description, second.metadata.version], ["xy", 2n]);
  const same = await typed.updateWithConflicts(namespaces, "a", (it) => it);
  assertEquals(same.metadata.version, 2n);
  assert(await typed.teardown(namespaces, "a"));
  await typed.teardownAndDestroy(namespaces, "a");
  assertEquals(typed.getNow(namespaces, "a"), undefined);
});

Deno.test("typedState().modifyWithResult() gives what modify() gives", async () => {
  const { typed } = open();
  const set = (description: string) => (it: Resource<NamespaceSpec>) =>
    namespaces.withSpec(it, { description });
  const made = await typed.modifyWithResult(namespaces, "a", set("x"), { owner: "X" });
  assertEquals([made.spec.description, made.metadata.owner], ["x", "X"]);
  const next = await typed.modifyWithResult(namespaces, "a", set("y"), { owner: "X" });
  assertEquals([next.spec.description, next.metadata.version], ["y", 2n]);
});

Deno.test("typedState() holds, tears down and destroys, wherever it is told to look", async () => {
  const { typed } = open();
  for (const place of [{}, { namespace: "other" }]) {
    await typed.create(namespaces, { id: "a", spec: {}, ...place });
    await typed.addFinalizer(namespaces, "a", ["F", "G"], place);
    const finalizers = async () => (await typed.get(namespaces, "a", place)).metadata.finalizers;
    assertEquals(await finalizers(), ["F", "G"]);
    // What is there already stays where it is.
    await typed.addFinalizer(namespaces, "a", ["G", "H"], place);
    assertEquals(await finalizers(), ["F", "G", "H"]);
    await typed.removeFinalizer(namespaces, "a", ["H"], place);
    const context = await typed.contextWithTeardown(namespaces, "a", place);
    const over = new Promise((resolve) => context.addEventListener("abort", resolve));
    assertEquals(context.aborted, false);
    assertEquals(await typed.teardown(namespaces, "a", place), false);
    await over;
    await typed.removeFinalizer(namespaces, "a", ["F"], place);
    assertEquals(await finalizers(), ["G"]);
    const gone = typed.teardownAndDestroy(namespaces, "a", place);
    await typed.removeFinalizer(namespaces, "a", ["G"], place);
    await gone;
    assertEquals(typed.getNow(namespaces, "a", place), undefined);
  }
  const stop = new AbortController();
  await typed.create(namespaces, { id: "b", spec: {} });
  const { signal } = stop;
  const context = await typed.contextWithTeardown(namespaces, "b", { signal });
  stop.abort(new Error("enough"));
  if (!context.aborted) await new Promise((resolve) => context.addEventListener("abort", resolve));
  assertEquals(context.reason.message, "enough");
});

Deno.test("TestTypeValidation: typedState() refuses a spec that is not of the type", async () => {
  const { state, typed } = open();
  await state.create(unread("a"));
  const message = "it must be Namespaces.meta.cosi.dev with a cosi.resource.meta.NamespaceSpec, " +
    "and is Namespaces.meta.cosi.dev with bytes that were never read as one";
  const calls = [
    () => typed.get(namespaces, "a"),
    () => typed.list(namespaces),
    () => typed.modify(namespaces, "a", (it) => it),
    () => typed.modifyWithResult(namespaces, "a", (it) => it),
    () => typed.updateWithConflicts(namespaces, "a", (it) => it),
    () => typed.watchFor(namespaces, "a", {}),
  ];
  for (const call of calls) await assertRejects(call, StateError, message);
  assertThrows(() => typed.getNow(namespaces, "a"), StateError, message);
  assertThrows(() => typed.listNow(namespaces), StateError, message);
  const other = definitions.newResource("a", {});
  // @ts-expect-error a resource of another type
  await assertRejects(() => typed.update(namespaces, other), StateError, "with another spec");
  assertEquals(
    state.listNow({ namespace: "meta", type: namespaces.type })[0]?.metadata.version,
    1n,
  );
});

Deno.test("TestStateWatch: typedState().watch() delivers typed events", async () => {
  const { typed } = open();
  await using probe = new Probe(await typed.watch(namespaces, "a"));
  const missing = await probe.next();
  assert(missing.event === "destroyed" && missing.resource === undefined);
  await typed.create(namespaces, { id: "a", spec: { description: "x" } });
  const created = await probe.next();
  assert(created.event === "created" && created.resource.spec.description === "x");
  await typed.modify(namespaces, "a", (it) => namespaces.withSpec(it, { description: "y" }));
  const updated = await probe.next();
  assert(updated.event === "updated");
  assertEquals([updated.old.spec.description, updated.resource.spec.description], ["x", "y"]);
  assert(updated.bookmark !== undefined);
});

Deno.test("TestStateWatchKind: typedState().watchKind() ends at a spec of another type", async () => {
  const { state, typed } = open();
  await typed.create(namespaces, { id: "a", spec: {} });
  await state.create(unread("b"));
  const options = { bootstrapContents: true };
  await using one = new Probe(await typed.watchKind(namespaces, options));
  const [first, second] = await one.take(2);
  assertEquals([first?.event, second?.event], ["created", "errored"]);
  assert(await one.done());
  await using batches = new Probe(await typed.watchKindAggregated(namespaces, options));
  assertEquals((await batches.next()).map(({ event }) => event), ["created", "errored"]);
  assert(await batches.done());
});

Deno.test("TestStateWatchFor: typedState().watchFor() hands a typed resource to its predicate", async () => {
  const { typed } = open();
  const waiting = typed.watchFor(namespaces, "a", {
    predicate: ({ spec }) => spec.description === "wanted",
  });
  await typed.create(namespaces, { id: "a", spec: {} });
  await typed.modify(namespaces, "a", (it) => namespaces.withSpec(it, { description: "wanted" }));
  assertEquals((await waiting)?.spec.description, "wanted");
  assertEquals(await typed.watchFor(namespaces, "b", { events: ["destroyed"] }), undefined);
});

/** Never called: what must not compile, and what a caller is spared. */
async function _typesOnly(typed: TypedLocalState, state: State): Promise<void> {
  const found = await typed.get(namespaces, "a");
  const description: string = found.spec.description;
  // @ts-expect-error the field is a string
  const wrong: number = found.spec.description;
  // @ts-expect-error no such field
  found.spec.missing;
  // @ts-expect-error resources are read-only
  found.metadata.owner = "x";
  // @ts-expect-error no such field to write
  await typed.create(namespaces, { id: "a", spec: { descripton: "" } });
  // @ts-expect-error a field of another kind of value
  await typed.create(namespaces, { id: "a", spec: { description: 1 } });
  // @ts-expect-error the change gives a resource of another type
  await typed.modify(namespaces, "a", () => definitions.newResource("a", {}));
  // @ts-expect-error so it does under the other name
  await typed.modifyWithResult(namespaces, "a", () => definitions.newResource("a", {}));
  // @ts-expect-error the change is given the type of the definition
  await typed.modifyWithResult(namespaces, "a", (it: Resource<ResourceDefinitionSpec>) => it);
  const result = await typed.modifyWithResult(namespaces, "a", (it) => it);
  // @ts-expect-error the result has the type of the definition
  const other: Resource<ResourceDefinitionSpec> = result;
  // @ts-expect-error finalizers are a list
  await typed.addFinalizer(namespaces, "a", "F");
  // @ts-expect-error finalizers are texts
  await typed.removeFinalizer(namespaces, "a", [1]);
  // @ts-expect-error finalizers must be named
  await typed.removeFinalizer(namespaces, "a");
  // @ts-expect-error tearing down tells whether it is ready
  const ready: string = await typed.teardown(namespaces, "a");
  // @ts-expect-error destroying tells nothing
  const gone: boolean = await typed.teardownAndDestroy(namespaces, "a");
  const context: AbortSignal = await typed.contextWithTeardown(namespaces, "a");
  // @ts-expect-error a definition is wanted, not a pointer
  await typed.contextWithTeardown({ namespace: "meta", type: "T", id: "a" });
  // @ts-expect-error the option is a signal, not its controller
  await typed.contextWithTeardown(namespaces, "a", { signal: new AbortController() });
  // @ts-expect-error no such phase
  await typed.modify(namespaces, "a", (it) => it, { expectedPhase: "torn" });
  // @ts-expect-error no such event
  await typed.watchFor(namespaces, "a", { events: ["deleted"] });
  // @ts-expect-error the id is a string
  await typed.get(namespaces, 1);
  // @ts-expect-error a definition is wanted, not its name
  await typed.get("Namespaces.meta.cosi.dev", "a");
  // @ts-expect-error only a local state answers at once
  typedState(state).getNow(namespaces, "a");
  for await (const event of await typed.watch(namespaces, "a")) {
    // @ts-expect-error not every event has a resource
    event.resource;
    if (event.event !== "destroyed") continue;
    // @ts-expect-error a missing resource has no spec
    event.resource.spec;
  }
  // @ts-expect-error metadata has no such field
  withMetadata(found, { nmae: "" });
  void [description, wrong, other, ready, gone, context];
}
