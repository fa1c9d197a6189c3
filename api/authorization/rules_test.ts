// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HTTP_ROLE_COLUMNS, ROLE_COLUMNS, ROLE_LETTERS } from "../../tests/fakes/role_columns.ts";
import { SERVICES } from "../grpc/served_methods.ts";
import { type GuardedName, routeEntries } from "../http_routes.ts";
import { operationRefusal } from "./http_rules.ts";
import { certifiedIdentity, type Identity, LOCAL_ADMIN, NOBODY, ROLES } from "./roles.ts";
import { procedureOf } from "../procedure.ts";
import { callRefusal, demandRules, rolesOf } from "./rules.ts";

const PROCEDURES = SERVICES.flatMap(({ methods }) => methods.map(procedureOf));

function holder(...organizations: readonly string[]): Identity {
  return certifiedIdentity({ name: "somebody", organizations });
}

/** The letters of the roles that get no refusal. */
function lettersOf(refusal: (identity: Identity) => string | undefined): string {
  return ROLES.toReversed().filter((role) => refusal(holder(role)) === undefined)
    .map((role) => ROLE_LETTERS[role]).join("");
}

Deno.test("callRefusal() decides every method of every descriptor as the contract's role columns do", () => {
  const decided = PROCEDURES.map((name) => [
    name,
    lettersOf((identity) => callRefusal(identity, name)),
  ]);
  assertEquals(Object.fromEntries(decided), { ...ROLE_COLUMNS });
});

Deno.test("operationRefusal() decides every operation of the HTTP API that is not open", () => {
  const guarded = routeEntries().filter(([, { open }]) => open === undefined);
  for (const query of ["", "?watch"]) {
    const url = new URL(`https://machine.test/${query}`);
    const decided = guarded.map(([name]) => [
      name,
      lettersOf((identity) => operationRefusal(identity, name as GuardedName, url)),
    ]);
    assertEquals(Object.fromEntries(decided), { ...HTTP_ROLE_COLUMNS });
  }
});

Deno.test("callRefusal() leaves what has no rule to admins, and everything else too", () => {
  const unknown = "/machine.MachineService/Reset";
  assertEquals(callRefusal(LOCAL_ADMIN, unknown), undefined);
  assertEquals(lettersOf((identity) => callRefusal(identity, unknown)), "A");
  for (const name of PROCEDURES) assertEquals(rolesOf(name).includes("os:admin"), true, name);
});

Deno.test("callRefusal() refuses callers without a role everywhere, and takes any one of several", () => {
  const strangers = [NOBODY, holder(), holder("os:etcd:backup", "OS:ADMIN", "os:admin ")];
  for (const name of PROCEDURES) {
    for (const stranger of strangers) {
      assertStringIncludes(callRefusal(stranger, name) ?? "", `${name} needs the role os:admin`);
    }
    assertEquals(callRefusal(holder("os:reader", "other", "os:admin"), name), undefined);
  }
  assertEquals(
    callRefusal(holder("os:reader", "os:operator"), "/machine.MachineService/Read"),
    "/machine.MachineService/Read needs the role os:admin, the caller has os:reader, os:operator",
  );
});

Deno.test("demandRules() names what nobody judged", () => {
  demandRules(PROCEDURES);
  const error = assertThrows(
    () => demandRules([...PROCEDURES, "/machine.MachineService/Reset", "/a.B/C"]),
    TypeError,
  );
  assertStringIncludes(error.message, "Cannot serve /machine.MachineService/Reset, /a.B/C:");
});
