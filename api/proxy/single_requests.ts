/** The calls of gRPC whose request is one message, by path: it is complete before anybody asks for an answer. */
import type { DescService } from "@bufbuild/protobuf";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { procedureOf } from "../authorization/rules.ts";

/** Services of such calls; one that is missing here is merely forwarded piece by piece. */
const SERVICES: readonly DescService[] = [State, MachineService, GraphService, Health];

/** What it says. */
export const SINGLE_REQUESTS: ReadonlySet<string> = new Set(
  SERVICES.flatMap(({ methods }) => methods).filter(({ methodKind }) =>
    methodKind === "unary" || methodKind === "server_streaming"
  ).map(procedureOf),
);
