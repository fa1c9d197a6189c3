// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { opaqueResource } from "../../tests/fakes/api.ts";
import { FakeClock } from "../../tests/fakes/clock.ts";
import { path, PATHS, Probe } from "../../tests/conformance/state_fixtures.ts";
import { FakeRandom } from "../../tests/fakes/random.ts";
import { RemoteState } from "../../tests/fakes/remote_state.ts";
import { State as StateDescriptor } from "../../proto/gen/cosi/resource/state_pb.ts";
import { isTombstone, newMetadata } from "../../runtime/core/metadata.ts";
import { OpaqueSpec } from "../../runtime/core/opaque.ts";
import { resourceTypes } from "../../runtime/core/resource_types.ts";
import type { State } from "../../runtime/core/state.ts";
import { namespaceType } from "../../runtime/resources/meta.ts";
import { StateError } from "../../runtime/core/errors.ts";
import { stateClient } from "./state_client.ts";

/** A client of a server that has only these methods, and remembers the requests. */
function against(
  service: Partial<ServiceImpl<typeof StateDescriptor>>,
  options: { readonly callMsMax?: number } = {},
): State {
  const transport = createRouterTransport(({ service: serve }) => {
    serve(StateDescriptor, service);
  });
  const ports = { clock: new FakeClock(), random: new FakeRandom() };
  return stateClient(transport, { types: resourceTypes([namespaceType]), ...ports, ...options });
}

const WIRE = {
  metadata: { namespace: "default", type: "os/path", id: "a", version: "1", phase: "running" },
  spec: {},
} as const;

Deno.test("stateClient() carries unknown types byte for byte, and tells absent from empty", async () => {
  await using remote = new RemoteState();
  const bytes = Uint8Array.of(0, 255, 10, 128);
  for (const [id, proto] of [["a", bytes], ["b", new Uint8Array(0)], ["c", undefined]] as const) {
    const options = { yaml: "a: [1]\n", labels: { "ключ": "" }, ...(proto && { proto }) };
    const made = await remote.state.create(opaqueResource(id, options));
    const kept = remote.local.getNow(made.metadata);
    assert(made.spec instanceof OpaqueSpec && kept?.spec instanceof OpaqueSpec);
    assertEquals([made.spec.proto(), made.spec.yaml], [proto, "a: [1]\n"]);
    assert(kept.spec.equals(made.spec));
    assertEquals(made.metadata, kept.metadata);
  }
});

Deno.test("stateClient() decodes known types, once, when somebody looks", async () => {
  const types = resourceTypes([namespaceType]);
  await using remote = new RemoteState({ types });
  const name = { namespace: "meta", type: namespaceType.type, id: "n" };
  const spec = namespaceType.fromProto(new Uint8Array(0));
  const made = await remote.state.create({ metadata: newMetadata(name), spec });
  assertEquals(made.spec, spec);
  const [first, second] = [made.spec, made.spec];
  assert(first === second && !(first instanceof OpaqueSpec));
  assertEquals({ ...made }.spec, made.spec);
  assert(Object.isFrozen(made));
  assertEquals(Object.keys(made), ["metadata", "spec"]);
  // A server that talks nonsense is found out at the look; the rest can be used.
  const broken = against({
    get: () => ({
      resource: {
        ...WIRE,
        metadata: { ...WIRE.metadata, ...name },
        spec: { protoSpec: Uint8Array.of(255) },
      },
    }),
  });
  const found = await broken.get(name);
  assertEquals(found.metadata.id, "n");
  assertThrows(() => found.spec);
});

Deno.test("stateClient() takes a name without content for a tombstone, as the server means it", async () => {
  await using remote = new RemoteState();
  await using watch = new Probe(await remote.state.watch(path("none").metadata));
  const event = await watch.next();
  assert(event.event === "destroyed" && isTombstone(event.resource));
  await remote.local.create(path("empty"));
  assert(!isTombstone(await remote.state.get(path("empty").metadata)));
});

Deno.test("stateClient() refuses answers that are none", async () => {
  const cases: readonly (readonly [object | undefined, string])[] = [
    [undefined, "metadata is missing"],
    [{ metadata: WIRE.metadata }, "spec is missing"],
    [{ ...WIRE, metadata: { ...WIRE.metadata, version: "" } }, "error parsing version"],
    [{ ...WIRE, metadata: { ...WIRE.metadata, phase: "flying" } }, "phase"],
  ];
  for (const [resource, words] of cases) {
    const state = against({ get: () => resource === undefined ? {} : { resource } });
    await assertRejects(() => state.get(path("a").metadata), StateError, words);
  }
  const strange = against({
    async *watch() {
      yield {};
      yield await Promise.resolve({ event: [{ eventType: 77 }] });
    },
  });
  await using watch = new Probe(await strange.watch(path("a").metadata));
  const event = await watch.next();
  assert(event.event === "errored");
  assertEquals(
    event.error.message,
    "invalid resource: an event has the type 77, and may have 0 to 5",
  );
});

Deno.test("stateClient() throws the first message of a watch away, whatever it says", async () => {
  const created = { eventType: 0, resource: WIRE };
  const state = against({
    async *watch() {
      yield { event: [created] };
      // A batch of which nothing is left for this client.
      yield { event: [] };
      yield await Promise.resolve({
        event: [{ ...created, resource: { ...WIRE, spec: { yamlSpec: "b" } } }],
      });
    },
  });
  await using watch = new Probe(await state.watchKindAggregated(PATHS));
  const batch = await watch.next();
  const [event] = batch;
  assert(batch.length === 1 && event?.event === "created");
  assert(event.resource.spec instanceof OpaqueSpec && event.resource.spec.yaml === "b");
});

Deno.test("stateClient() sends options where official servers need them, and any phase as none", async () => {
  const phases: (string | undefined)[] = [];
  const state = against({
    get(request) {
      assert(request.options !== undefined);
      return { resource: WIRE };
    },
    update(request) {
      phases.push(request.options?.expectedPhase);
      return { resource: WIRE };
    },
  });
  const resource = await state.get(path("a").metadata);
  for (const expectedPhase of [undefined, "any", "tearingDown"] as const) {
    await state.update(resource, expectedPhase === undefined ? {} : { expectedPhase });
  }
  assertEquals(phases, ["running", undefined, "tearingDown"]);
});

Deno.test("stateClient() makes teardown of other calls where the server is older, and asks it once", async () => {
  const asked: string[] = [];
  let phase = "running";
  const resource = () => ({ ...WIRE, metadata: { ...WIRE.metadata, phase } });
  const state = against({
    teardown() {
      asked.push("teardown");
      throw new ConnectError("unknown method", Code.Unimplemented);
    },
    get: () => ({ resource: resource() }),
    update(request) {
      asked.push("update");
      phase = request.newResource?.metadata?.phase ?? "";
      return { resource: resource() };
    },
    destroy() {
      asked.push("destroy");
      return {};
    },
  });
  assertEquals(await state.teardown(path("a").metadata), true);
  await state.teardownAndDestroy(path("a").metadata);
  assertEquals(asked, ["teardown", "update", "destroy"]);
});

Deno.test("stateClient() ends calls that get no answer, and those that are given up", async () => {
  const hang = (_: unknown, { signal }: { readonly signal: AbortSignal }): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const state = against({ get: hang }, { callMsMax: 10 });
  await assertRejects(() => state.get(path("a").metadata), StateError, "no answer in time");
  const leave = new AbortController();
  const patient = against({ get: hang }, { callMsMax: 0 });
  const waiting = patient.get(path("a").metadata, { signal: leave.signal });
  const reason = new Error("no longer wanted");
  leave.abort(reason);
  assertEquals(await assertRejects(() => waiting), reason);
});
