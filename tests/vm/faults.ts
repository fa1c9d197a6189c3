/**
 * Controllers of the test image that go wrong on request, each by itself. A request is a resource of an unknown type;
 * its id says what happens for as long as it is there.
 */
import { isNotFound } from "../../runtime/core/errors.ts";
import type { Controller, ControllerContext } from "../../runtime/engine/controller.ts";

export const FAULTS = { namespace: "default", type: "Faults.test.strata" };

/** What happens, by the id of the request. */
const ACTS = {
  /** A fault of the program: calls without end, which the engine of the language breaks off. */
  crash: () => Promise.resolve(callForEver(0)),
  /** What is thrown need be no error. */
  throw: () => Promise.reject({ toString: () => "thrown by request" }),
  /** Waits for what never comes, and listens to nobody. */
  hang: () => new Promise<never>(() => {}),
} as const;

export type Fault = keyof typeof ACTS;

/** Name of the controller that does it. */
export function faultyName(fault: Fault): string {
  return `test.Faulty${fault[0]?.toUpperCase()}${fault.slice(1)}Controller`;
}

/** One controller for each fault. */
export function faultyControllers(): readonly Controller[] {
  return (Object.keys(ACTS) as Fault[]).map((fault) => ({
    name: faultyName(fault),
    inputs: [{ ...FAULTS, id: fault, kind: "weak" }],
    outputs: [],
    async run(context): Promise<void> {
      for await (const _ of context.reconciles()) {
        if (await isAsked(context, fault)) await ACTS[fault]();
        context.resetRestartBackoff();
      }
    },
  }));
}

async function isAsked(context: ControllerContext, id: Fault): Promise<boolean> {
  try {
    await context.get({ ...FAULTS, id });
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}

function callForEver(depth: number): number {
  return callForEver(depth + 1) + 1;
}
