// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { mountRootImage, ROOT_DEVICE } from "../../../fs/root_image.ts";
import { type BelievedManifest, readSignedRoot } from "../../../fs/root_manifest.ts";
import { type House, house } from "../../../tests/fakes/engine_house.ts";
import { FakeKernel } from "../../../tests/fakes/kernel.ts";
import { addSignedRoot, SIGNED_ROOT, testPublicKey } from "../../../tests/fakes/signed_root.ts";
import { watchFor } from "../../core/watch_for.ts";
import { imageStatus } from "../../resources/image.ts";
import { imageStatusController } from "./image_statuses.ts";

const POINTER = { namespace: "fs", type: imageStatus.type, id: "root" };

/** A machine whose second block is corrupt, which nobody has read. */
async function booted(): Promise<{ kernel: FakeKernel; believed: BelievedManifest; path: string }> {
  const kernel = new FakeKernel();
  kernel.addNode("/dev/mapper/control", "character");
  addSignedRoot(kernel, {});
  const believed = await readSignedRoot(kernel, SIGNED_ROOT);
  const image = kernel.readFile(SIGNED_ROOT.image);
  image[4096] = 1;
  kernel.addFile(SIGNED_ROOT.image, image);
  const { verity } = believed.manifest;
  const path = mountRootImage(kernel, { ...SIGNED_ROOT, verity, target: "/root" });
  return { kernel, believed, path };
}

async function status(place: House): Promise<Readonly<Record<string, unknown>>> {
  const found = await place.state.get(POINTER);
  return imageStatus.is(found) ? { ...found.spec } : {};
}

Deno.test("imageStatusController() says what was believed and what the kernel checks against", async () => {
  await using place = house();
  const { kernel, believed, path } = await booted();
  await place.engine.register(
    imageStatusController(kernel, { believed, clock: place.clock, log: place.log }),
  );
  place.start();
  await watchFor(place.state, POINTER, { events: ["created"] });
  const spec = await status(place);
  assertEquals([spec["version"], spec["signer"], spec["error"]], ["0.1.0", "test key", ""]);
  assertEquals([spec["device"], spec["readOnly"], spec["corrupt"]], [path, true, false]);
  assertEquals(spec["rootHash"], believed.manifest.verity.rootHash);
  assertEquals(spec["publicKey"], testPublicKey(1));
  assertEquals(spec["manifest"], new TextDecoder().decode(believed.bytes));
  assertEquals(spec["signature"], kernel.readFile(SIGNED_ROOT.signature).toHex());
});

Deno.test("imageStatusController() notices a corrupt block within ten seconds, and a device that is gone", async () => {
  await using place = house();
  const { kernel, believed, path } = await booted();
  await place.engine.register(
    imageStatusController(kernel, { believed, clock: place.clock, log: place.log }),
  );
  place.start();
  await watchFor(place.state, POINTER, { events: ["created"] });
  {
    using device = kernel.openBlockDevice(path, { access: "read-only" });
    try {
      device.readAt(4096n, 512);
    } catch {
      // EIO, which the device remembers.
    }
  }
  const corrupt = watchFor(place.state, POINTER, {
    events: ["updated"],
    predicate: (resource) => imageStatus.is(resource) && resource.spec.corrupt,
  });
  await place.clock.sleeping();
  await place.clock.advance(10_000);
  await corrupt;
  kernel.unmount("/root");
  kernel.removeMapped(ROOT_DEVICE);
  const gone = watchFor(place.state, POINTER, {
    events: ["updated"],
    predicate: (resource) => imageStatus.is(resource) && resource.spec.error.includes("ENXIO"),
  });
  await place.clock.sleeping();
  await place.clock.advance(10_000);
  await gone;
  assertEquals((await status(place))["rootHash"], "");
  assertEquals(place.log.lines.filter(({ message }) => message === "root device").length, 1);
});
