/** Who may call what (contracts/talos.md §4.4 and the role columns of §5). What has no rule is for admins alone. */
import type { DescService } from "@bufbuild/protobuf";
import type { State } from "../../proto/gen/cosi/resource/state_pb.ts";
import type { Health } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import type { ServerReflection } from "../../proto/gen/grpc/reflection/v1/reflection_pb.ts";
import type { ServerReflection as ServerReflectionAlpha } from "../../proto/gen/grpc/reflection/v1alpha/reflection_pb.ts";
import type { MachineService } from "../../proto/gen/machine/machine_pb.ts";
import type { GraphService } from "../../proto/gen/strata/runtime/v1/graph_pb.ts";
import { type MethodName, procedureNamed } from "../procedure.ts";
import { ADMIN, type Identity, isOneOf, OPERATOR, READER, type Role } from "./roles.ts";

const A: readonly Role[] = [ADMIN];
const AO: readonly Role[] = [ADMIN, OPERATOR];
const AOR: readonly Role[] = [ADMIN, OPERATOR, READER];

/**
 * One rule a method: a method without one, or a rule without a method, is an error of types. Services without any rule, or
 * by a wrong name, are found when the API is made, see {@linkcode demandRules}. Descriptors are looked at as types alone:
 * the network face starts without reading them.
 */
// deno-fmt-ignore: one service, one block
const RULES: ReadonlyMap<string, readonly Role[]> = new Map([
  ...rules<typeof State>("cosi.resource.State", {
    // Of sensitive kinds admins alone, which readable_state.ts sees to.
    get: AOR, list: AOR, watch: AOR,
    create: A, update: A, destroy: A, teardown: A, teardownAndDestroy: A,
  }),
  ...rules<typeof MachineService>("machine.MachineService", {
    list: AOR, mounts: AOR, version: AOR,
    serviceList: AOR, logs: AOR, logsContainers: AOR, stats: AOR, events: AOR, dmesg: AOR,
    memory: AOR, processes: AOR, loadAvg: AOR, hostname: AOR, systemStat: AOR,
    cPUInfo: AOR, diskStats: AOR, networkDeviceStats: AOR,
    serviceStart: AO, serviceStop: AO, serviceRestart: AO,
    // It reads any file, keys among them.
    read: A,
    reboot: AO, shutdown: AO,
  }),
  // The same of sensitive kinds, see readable_graph.ts.
  ...rules<typeof GraphService>("strata.runtime.v1.GraphService", { graph: AOR, why: AOR }),
  ...rules<typeof Health>("grpc.health.v1.Health", { check: AOR, list: AOR, watch: AOR }),
  ...rules<typeof ServerReflection>("grpc.reflection.v1.ServerReflection", { serverReflectionInfo: AOR }),
  ...rules<typeof ServerReflectionAlpha>("grpc.reflection.v1alpha.ServerReflection", { serverReflectionInfo: AOR }),
]);

function rules<Service extends DescService>(
  service: string,
  roles: { readonly [Name in keyof Service["method"]]: readonly Role[] },
): readonly (readonly [string, readonly Role[]])[] {
  const given: Readonly<Record<string, readonly Role[]>> = roles;
  return Object.entries(given).map(([method, allowed]) => [
    procedureNamed<Service>(service, method as MethodName<Service>), // A key of `roles`.
    allowed,
  ]);
}

/** Procedures that have a rule. */
export function ruledProcedures(): Iterable<string> {
  return RULES.keys();
}

/** The roles that may call a procedure. */
export function rolesOf(procedure: string): readonly Role[] {
  return RULES.get(procedure) ?? A;
}

/**
 * Called when the API is made: nothing is served that nobody judged.
 *
 * @throws {TypeError} Naming the procedures that have no rule.
 */
export function demandRules(procedures: Iterable<string>): void {
  const missing = [...procedures].filter((procedure) => !RULES.has(procedure));
  if (missing.length === 0) return;
  throw new TypeError(
    `Cannot serve ${missing.join(", ")}: api/authorization/rules.ts has no rule for it`,
  );
}

/** Why a caller may not call a procedure; undefined where it may. */
export function callRefusal(identity: Identity, procedure: string): string | undefined {
  return refusal(identity, rolesOf(procedure), procedure);
}

/** Why a caller in none of `roles` may not do what `asked` names; undefined where it is in one. */
export function refusal(
  identity: Identity,
  roles: readonly Role[],
  asked: string,
): string | undefined {
  if (isOneOf(identity, roles)) return undefined;
  const held = identity.roles.length === 0 ? "none" : identity.roles.join(", ");
  return `${asked.slice(0, 256)} needs the role ${roles.join(" or ")}, the caller has ${held}`;
}
