/** The logs of a machine, its services' and the kernel's, as machine.MachineService streams them. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { MachineService as MachineDescriptor } from "../proto/gen/machine/machine_pb.ts";
import { CALLER } from "./caller.ts";
import { demandSystem } from "./machine_namespace.ts";
import type { MachinePort } from "./machine_port.ts";

type Calls = Pick<
  ServiceImpl<typeof MachineDescriptor>,
  "logs" | "logsContainers" | "dmesg"
>;

/** Makes the methods. */
export function machineLogs(
  { services, kernelLog }: Pick<MachinePort, "services" | "kernelLog">,
): Calls {
  return {
    async *logs(request, { signal }) {
      demandSystem(request);
      const { id, follow, tailLines } = request;
      const lines = tailLines < 0 ? undefined : tailLines;
      for await (const bytes of services.readLog(id, { tailLines: lines, follow, signal })) {
        yield { bytes };
      }
    },

    logsContainers() {
      return { messages: [{ ids: [...services.logs()] }] };
    },

    async *dmesg({ follow, tail }, { signal, values }) {
      const { client } = values.get(CALLER);
      const encoder = new TextEncoder();
      for await (const line of kernelLog.read({ follow, onlyNew: tail, signal, client })) {
        yield { bytes: encoder.encode(line) };
      }
    },
  };
}
