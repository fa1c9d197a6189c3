// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { watchFor } from "../../core/watch_for.ts";
import { apiListener } from "../../resources/apid.ts";
import { API_ID } from "../../resources/apid_kinds.ts";
import { serviceSpec } from "../../resources/service.ts";
import { networkFaceController } from "./network_face.ts";

const FACE = { namespace: serviceSpec.namespace, type: serviceSpec.type, id: "face" };

function begin(): House {
  const place = house();
  place.engine.register(networkFaceController({
    httpAddress: "0.0.0.0:1",
    serviceAt: (address) => serviceSpec.newResource(FACE.id, { command: ["/bin/face", address] }),
  }));
  place.start();
  return place;
}

/** Waits until the service is to be asked there. @returns Its owner. */
async function servedAt({ state }: House, address: string): Promise<string> {
  const found = await watchFor(state, FACE, {
    events: ["created", "updated"],
    predicate: (each) => serviceSpec.is(each) && each.spec.command[1] === address,
  });
  return found.metadata.owner;
}

Deno.test("networkFaceController() wishes for the service before any listener is told of", async () => {
  await using place = begin();
  assertEquals(await servedAt(place, "0.0.0.0:1"), "runtime.NetworkFaceController");
});

Deno.test("networkFaceController() follows the listener, and only the one that is served", async () => {
  await using place = begin();
  const { state } = place;
  await state.create(apiListener.newResource("other", { httpAddress: "0.0.0.0:3" }));
  const listener = apiListener.newResource(API_ID, { httpAddress: "0.0.0.0:2" });
  await state.create(listener);
  await servedAt(place, "0.0.0.0:2");
  await state.updateWithConflicts(listener.metadata, (resource) => ({
    ...resource,
    spec: apiListener.newResource(API_ID, { tlsAddress: "0.0.0.0:4" }).spec,
  }));
  await servedAt(place, "");
  await state.teardownAndDestroy(listener.metadata);
  await servedAt(place, "0.0.0.0:1");
});

Deno.test("networkFaceController() makes the service anew when somebody takes it away", async () => {
  await using place = begin();
  const owner = await servedAt(place, "0.0.0.0:1");
  await place.state.addFinalizer(FACE, ["supervisor"]);
  await place.state.teardown(FACE, { owner });
  await place.state.removeFinalizer(FACE, ["supervisor"]);
  await watchFor(place.state, FACE, {
    events: ["created", "updated"],
    predicate: ({ metadata }) => metadata.phase === "running" && metadata.finalizers.length === 0,
  });
});
