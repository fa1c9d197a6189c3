/** A queue controller that destroys what nobody owns and nobody holds, once it is torn down. */
import { isNotFound } from "../../core/errors.ts";
import type { Kind, Pointer } from "../../core/resource.ts";
import { isDestroyReady } from "../access.ts";
import type { QueueContext, QueueController } from "../queue_controller.ts";
import { bareKind } from "./typed_kind.ts";

/** Destroys resources of `kind`, which may be a definition, that are torn down, without owner and without finalizers. */
export function destroyController(
  kind: Kind,
  { concurrency = 1 }: { readonly concurrency?: number } = {},
): QueueController {
  return {
    name: `Destroy[${kind.type}]`,
    settings: {
      inputs: [{ ...bareKind(kind), kind: "q-primary" }],
      outputs: [{ type: kind.type, kind: "shared" }],
      concurrency,
    },
    reconcile: destroyReady,
    mapInput: () => Promise.resolve([]),
  };
}

async function destroyReady(context: QueueContext, pointer: Pointer): Promise<void> {
  try {
    const { metadata } = await context.get(pointer);
    if (metadata.owner !== "" || !isDestroyReady(metadata)) return;
    await context.destroy(pointer, { owner: "" });
  } catch (error) {
    if (!isNotFound(error)) throw error; // Gone already.
  }
}
