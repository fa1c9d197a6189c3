/** The mounts of the design, wished for. */
import type { WantedMount } from "../../../fs/mount.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { mountSpec } from "../../resources/fs.ts";
import { retire } from "../retirement.ts";
import { keepWish } from "../kept_wish.ts";
import { wishFor } from "./mount_wishes.ts";

const NAME = "fs.LayerController";

/**
 * Keeps a MountSpec, called like its target, for each of `layers`; callers cannot change them. The boot mounted them
 * already: from then on they are mounted again when somebody takes them away.
 */
export function layerController(layers: readonly WantedMount[]): Controller {
  return {
    name: NAME,
    inputs: [{ namespace: mountSpec.namespace, type: mountSpec.type, kind: "weak" }],
    outputs: [{ type: mountSpec.type, kind: "shared" }],
    async run(context: ControllerContext): Promise<void> {
      for await (const _ of context.reconciles()) {
        await reconcile(context, layers);
        context.resetRestartBackoff();
      }
    },
  };
}

async function reconcile(
  context: ControllerContext,
  layers: readonly WantedMount[],
): Promise<void> {
  const wanted = new Map(layers.map((layer) => [layer.target, wishFor(layer)]));
  const taken = new Set<string>();
  for (const { metadata } of await context.list(mountSpec)) {
    const isOurs = metadata.owner === NAME;
    if (isOurs && wanted.has(metadata.id) && metadata.phase === "running") continue;
    // One on its way out is made anew when it is gone; another's under our name is not ours to change.
    if (isOurs ? !await retire(context, metadata) : wanted.has(metadata.id)) taken.add(metadata.id);
  }
  for (const [id, wish] of wanted) {
    if (taken.has(id)) continue;
    await keepWish(context, mountSpec.newResource(id, wish));
  }
}
