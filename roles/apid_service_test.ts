// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { servicePlan } from "../runtime/controllers/services/service_plan.ts";
import { serviceSpec } from "../runtime/resources/service.ts";
import { APID_SERVICE, apidService } from "./apid_service.ts";

function wished(httpAddress: string) {
  const wish = apidService(httpAddress);
  assert(serviceSpec.is(wish));
  return wish.spec;
}

/** What the supervisor makes of the wish. */
function planned(httpAddress: string) {
  const { plan, problem } = servicePlan(APID_SERVICE, wished(httpAddress));
  assert(plan !== undefined, problem);
  return plan;
}

Deno.test("apidService() has no rights, and nothing of the machine to write to", () => {
  const { uid, gid, groups, capabilities, allowNewPrivileges, root } = wished("0.0.0.0:50080");
  assertEquals([uid, gid, groups, capabilities, allowNewPrivileges], [50, 50, [], [], false]);
  const writable = root?.parts.filter((part) => part.writable).map(({ target }) => target);
  assertEquals(writable, ["/tmp"]);
});

Deno.test("apidService() is asked whether it is well where it listens in clear, and nowhere where it does not", () => {
  const { health } = planned("[::]:50080");
  assertEquals(health?.question, { kind: "http", url: "http://[::]:50080/livez" });
  assertEquals(health?.restartAfter, 3);
  assertEquals(planned("").health, undefined);
});
