/** Who may ask what of the HTTP API: each operation is a call of a service, or has a rule of its own. */
import type { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import type { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import type { GuardedName } from "../http_routes.ts";
import { ADMIN, type Identity, OPERATOR, READER, type Role } from "./roles.ts";
import { type MethodName, procedureNamed } from "../procedure.ts";
import { callRefusal, refusal } from "./rules.ts";
import type { RequestUrl } from "../request_url.ts";

/** What says nothing of resources. */
const AOR: readonly Role[] = [ADMIN, OPERATOR, READER];

/** An operation without a rule is an error of types. A call stands for its own rule. */
const RULES: Readonly<Record<GuardedName, string | readonly Role[]>> = {
  listTypes: AOR,
  listResources: ofState("list"),
  createResource: ofState("create"),
  getResource: ofState("get"),
  updateResource: ofState("update"),
  patchResource: ofState("update"),
  deleteResource: ofState("teardownAndDestroy"),
  getGraph: ofGraph("graph"),
  getWhy: ofGraph("why"),
  // Of kinds that the caller may not read nothing is counted, see readable_graph.ts.
  getMetrics: AOR,
  getOpenApi: AOR,
};

/** Why a caller may not ask for an operation; undefined where it may. */
export function operationRefusal(
  identity: Identity,
  name: GuardedName,
  url: RequestUrl,
): string | undefined {
  const rule = RULES[name];
  if (typeof rule !== "string") return refusal(identity, rule, name);
  const watches = url.search !== "" && url.searchParams.has("watch")
    ? callRefusal(identity, ofState("watch"))
    : undefined;
  return callRefusal(identity, rule) ?? watches;
}

function ofState(method: MethodName<typeof State>): string {
  return procedureNamed<typeof State>("cosi.resource.State", method);
}

function ofGraph(method: MethodName<typeof GraphService>): string {
  return procedureNamed<typeof GraphService>("strata.runtime.v1.GraphService", method);
}
