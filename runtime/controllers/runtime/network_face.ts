/** Wishes for the process that serves the machine's API to the network, as its listener says. */
import type { Resource } from "../../core/resource.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { endResource } from "../../engine/generic/holding.ts";
import { apiListener } from "../../resources/apid.ts";
import { API_ID } from "../../resources/apid_kinds.ts";
import { serviceSpec } from "../../resources/service.ts";
import { keepWish } from "../kept_wish.ts";

/** What it is made with. */
export interface NetworkFace {
  /** Where it listens in clear while no listener says so. */
  readonly httpAddress: string;
  /** The service for a listener at that address; it is empty where nobody is listened for in clear. */
  readonly serviceAt: (httpAddress: string) => Resource;
}

/** Keeps the service there, and its health check at the address that the listener has. */
export function networkFaceController(face: NetworkFace): Controller {
  return {
    name: "runtime.NetworkFaceController",
    inputs: [
      { namespace: apiListener.namespace, type: apiListener.type, kind: "weak" },
      { namespace: serviceSpec.namespace, type: serviceSpec.type, kind: "destroy-ready" },
    ],
    outputs: [{ type: serviceSpec.type, kind: "shared" }],
    async run(context: ControllerContext): Promise<void> {
      for await (const _ of context.reconciles()) {
        await reconcile(context, face);
        context.resetRestartBackoff();
      }
    },
  };
}

async function reconcile(context: ControllerContext, face: NetworkFace): Promise<void> {
  const listeners = await context.list(apiListener);
  const listener = listeners.find(({ metadata }) => metadata.id === API_ID);
  const isTold = listener !== undefined && apiListener.is(listener);
  const wanted = face.serviceAt(isTold ? listener.spec.httpAddress : face.httpAddress);
  const present = (await context.list(serviceSpec))
    .find(({ metadata }) => metadata.id === wanted.metadata.id);
  // One on its way out must be gone before a new one is made.
  const isLeaving = present?.metadata.phase === "tearingDown";
  if (isLeaving && !await endResource(context, present.metadata)) return;
  await keepWish(context, wanted);
}
