/** grpc.health.v1.Health: of the whole agent, and of each service, which share its fate. */
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health as HealthDescriptor,
  HealthCheckResponse_ServingStatus as Status,
} from "../../proto/gen/grpc/health/v1/health_pb.ts";
import type { Clock } from "../../runtime/core/ports.ts";
import type { Health } from "../health.ts";
import { HEALTH_POLL_MS } from "../limits.ts";

/** Where the answers come from. */
export interface HealthServiceParts {
  health(): Health;
  /** Services that may be asked for by name. */
  readonly services: readonly string[];
  readonly clock: Clock;
}

/** Makes the methods. */
export function healthService(parts: HealthServiceParts): ServiceImpl<typeof HealthDescriptor> {
  const { services, clock } = parts;
  const status = () => parts.health().ready ? Status.SERVING : Status.NOT_SERVING;
  const isKnown = (service: string) => service === "" || services.includes(service);

  return {
    check({ service }) {
      if (isKnown(service)) return { status: status() };
      const detail = `unknown service "${service.slice(0, 256)}", may be ${services.join(", ")}`;
      throw new ConnectError(detail, Code.NotFound);
    },

    list() {
      const statuses = ["", ...services].map((name) => [name, { status: status() }]);
      return { statuses: Object.fromEntries(statuses) };
    },

    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      while (!signal.aborted) {
        const now = isKnown(service) ? status() : Status.SERVICE_UNKNOWN;
        if (now !== told) yield { status: now };
        told = now;
        await clock.sleep(HEALTH_POLL_MS, { signal }).catch(() => {}); // Aborted: the loop ends.
      }
    },
  };
}
