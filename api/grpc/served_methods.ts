/** All that gRPC serves. */
import type { ServiceImpl } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { Health as HealthDescriptor } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { Clock } from "../../runtime/core/ports.ts";
import type { GraphFor } from "../authorization/readable_graph.ts";
import type { Health } from "../health.ts";
import { graphService } from "../graph_service.ts";
import type { MachinePort } from "../machine_port.ts";
import { machineService } from "../machine_service.ts";
import type { StateServiceParts } from "../state_calls.ts";
import type { GrpcMethods } from "./grpc_method.ts";
import { healthService } from "./health_service.ts";
import { reflectionService } from "./reflection_service.ts";
import { serviceMethods } from "./service_methods.ts";
import { stateMethods } from "./state_methods.ts";

/** What the methods stand on. */
export interface ServedParts extends StateServiceParts {
  readonly machine: MachinePort;
  readonly graph: GraphFor;
  health(): Health;
  readonly clock: Clock;
}

/** The services, as reflection tells of them. */
export const SERVICES: readonly DescService[] = [
  State,
  MachineService,
  GraphService,
  HealthDescriptor,
  ServerReflection,
  ServerReflectionAlpha,
];

/** The methods by path. */
export function servedMethods(parts: ServedParts): GrpcMethods {
  const reflection = reflectionService(SERVICES);
  return new Map([
    ...stateMethods(parts),
    ...serviceMethods(MachineService, machineService(parts.machine)),
    ...serviceMethods(GraphService, graphService(parts.graph)),
    ...serviceMethods(
      HealthDescriptor,
      healthService({
        health: () => parts.health(),
        services: SERVICES.map(({ typeName }) => typeName),
        clock: parts.clock,
      }),
    ),
    ...serviceMethods(ServerReflection, reflection),
    // The older version has the same messages under other names.
    ...serviceMethods(
      ServerReflectionAlpha,
      reflection as unknown as ServiceImpl<typeof ServerReflectionAlpha>,
    ),
  ]);
}
