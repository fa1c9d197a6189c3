/** Queue controllers to try an engine with, and what they count. */
import type { Pointer } from "../../runtime/core/resource.ts";
import type {
  QueueContext,
  QueueController,
  QueueSettings,
} from "../../runtime/engine/queue_controller.ts";
import { type House, INTS } from "./engine_house.ts";

export const QUEUE = "test.Q";

/** A queue controller of ints, made of its parts. */
export function queueController(
  reconcile: (pointer: Pointer, context: QueueContext) => unknown,
  parts: Partial<QueueSettings> & { readonly mapInput?: QueueController["mapInput"] } = {},
): QueueController {
  const { mapInput, ...settings } = parts;
  return {
    name: QUEUE,
    settings: { inputs: [{ ...INTS, kind: "q-primary" }], outputs: [], ...settings },
    async reconcile(context, pointer) {
      await reconcile(pointer, context);
    },
    mapInput: mapInput ?? (() => Promise.resolve([])),
  };
}

/** The value of a metric of that controller. */
export function queueMetric({ engine }: House, name: string): number {
  const family = engine.metrics().find((each) => each.name === `qcontroller_${name}`);
  return family?.samples.find(({ subject }) => subject === QUEUE)?.value ?? 0;
}

/** Whether the wait is a back-off's after so many failures in a row. */
export function isBackoff(waitMs: number | undefined, failures: number): boolean {
  const middle = Math.min(500 * 1.5 ** (failures - 1), 60_000);
  return waitMs !== undefined && waitMs >= middle * 0.5 && waitMs <= Math.min(middle * 1.5, 60_000);
}
