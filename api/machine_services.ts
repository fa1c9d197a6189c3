/** The services of a machine as machine.MachineService has them. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  MachineService as MachineDescriptor,
  ServiceHealthSchema,
} from "../proto/gen/machine/machine_pb.ts";
import { demandSystem, NAMESPACE } from "./machine_namespace.ts";
import type { ServiceFacts, ServicePort } from "./service_port.ts";
import { nanosTimestamp } from "./wire_time.ts";

type Calls = Pick<
  ServiceImpl<typeof MachineDescriptor>,
  "serviceList" | "serviceStart" | "serviceStop" | "serviceRestart" | "stats"
>;

/** Makes the methods. */
export function machineServices(services: ServicePort): Calls {
  return {
    serviceList() {
      return { messages: [{ services: services.list().map(serviceInfo) }] };
    },
    serviceStart({ id }) {
      return { messages: [{ resp: services.start(id) }] };
    },
    serviceStop({ id }) {
      return { messages: [{ resp: services.stop(id) }] };
    },
    serviceRestart({ id }) {
      return { messages: [{ resp: services.restart(id) }] };
    },
    stats(request) {
      demandSystem(request);
      const stats = services.usage().map(({ id, memory, cpu }) => ({
        namespace: NAMESPACE,
        id,
        name: id,
        memoryUsage: memory,
        cpuUsage: cpu,
      }));
      return { messages: [{ stats }] };
    },
  };
}

function serviceInfo({ id, state, events, health }: ServiceFacts) {
  return {
    id,
    state,
    events: {
      events: events.map(({ message, state, time }) => ({
        msg: message,
        state,
        ts: nanosTimestamp(time),
      })),
    },
    health: healthMessage(health),
  };
}

/** Health as messages of services and events have it. */
export function healthMessage(
  { known, healthy, message, changed }: ServiceFacts["health"],
): MessageInitShape<typeof ServiceHealthSchema> {
  return {
    unknown: !known,
    healthy: known && healthy,
    lastMessage: message,
    ...(changed === 0n ? {} : { lastChange: nanosTimestamp(changed) }),
  };
}
