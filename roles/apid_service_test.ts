// @ts-types="../types/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { servicePlan } from "../runtime/controllers/services/service_plan.ts";
import { serviceSpec } from "../runtime/resources/service.ts";
import { APID_LAUNCH, APID_LIMITS, APID_SERVICE } from "./apid_launch.ts";
import { apidService } from "./apid_service.ts";

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

Deno.test("apidService() is kept, and not asked, where its address is a slip that cannot be listened on", () => {
  const slips = [":50080", "50080", "0.0.0.0", "127.0.0.1:99999", "999.0.0.1:80", "[::1:50080"];
  for (
    const slip of [...slips, "[fe80::1%eth0]:80", "[:::]:80", "host name:80", "a/b:80", "::1:80"]
  ) {
    assertEquals([slip, planned(slip).health], [slip, undefined]);
  }
  // Whichever is free: it can be listened on, and nobody knows where.
  assertEquals(planned("127.0.0.1:0").health, undefined);
});

Deno.test("apidService() comes to the process that is begun before the runtime is read, word for word", () => {
  const { request, limits } = planned("0.0.0.0:50080");
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}n` : each);
  assertEquals([text(request), text(limits)], [text(APID_LAUNCH), text(APID_LIMITS)]);
});
