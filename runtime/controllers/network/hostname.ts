/** Tells the kernel what the machine is called. */
import type { Kernel } from "../../../fs/kernel/kernel.ts";
import type { Controller, ControllerContext } from "../../engine/controller.ts";
import { hostnameSpec } from "../../resources/network.ts";

/** Sets the kernel's host name as the HostnameSpec says; without one it stays. */
export function hostnameController(kernel: Pick<Kernel, "setHostname">): Controller {
  return {
    name: "network.HostnameController",
    inputs: [{ namespace: hostnameSpec.namespace, type: hostnameSpec.type, kind: "weak" }],
    outputs: [],
    async run(context: ControllerContext): Promise<void> {
      for await (const _ of context.reconciles()) {
        const [wanted] = await context.list(hostnameSpec);
        const isNamed = wanted !== undefined && hostnameSpec.is(wanted) &&
          wanted.metadata.phase === "running" && wanted.spec.hostname !== "";
        if (isNamed) kernel.setHostname(wanted.spec.hostname);
        context.resetRestartBackoff();
      }
    },
  };
}
