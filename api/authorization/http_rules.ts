/** Who may ask what of the HTTP API: each operation is a call of a service, or has a rule of its own. */
import type { DescMethod } from "@bufbuild/protobuf";
import { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { GuardedName } from "../http_routes.ts";
import { ADMIN, type Identity, OPERATOR, READER, type Role } from "./roles.ts";
import { callRefusal, procedureOf, refusal } from "./rules.ts";

/** What says nothing of resources. */
const AOR: readonly Role[] = [ADMIN, OPERATOR, READER];

/** An operation without a rule is an error of types. */
const RULES: Readonly<Record<GuardedName, DescMethod | readonly Role[]>> = {
  listTypes: AOR,
  listResources: State.method.list,
  createResource: State.method.create,
  getResource: State.method.get,
  updateResource: State.method.update,
  patchResource: State.method.update,
  deleteResource: State.method.teardownAndDestroy,
  getGraph: GraphService.method.graph,
  getWhy: GraphService.method.why,
  // Of kinds that the caller may not read nothing is counted, see readable_graph.ts.
  getMetrics: AOR,
  getOpenApi: AOR,
};

/** Why a caller may not ask for an operation; undefined where it may. */
export function operationRefusal(
  identity: Identity,
  name: GuardedName,
  url: URL,
): string | undefined {
  const rule = RULES[name];
  if (!("parent" in rule)) return refusal(identity, rule, name);
  const watches = url.search !== "" && url.searchParams.has("watch")
    ? callRefusal(identity, procedureOf(State.method.watch))
    : undefined;
  return callRefusal(identity, procedureOf(rule)) ?? watches;
}
