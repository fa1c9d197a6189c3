// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { certifiedIdentity } from "./roles.ts";

Deno.test("certifiedIdentity() takes the roles it knows, once each, and names the holder with them", () => {
  const organizations = ["os:admin", "Some Company", "os:reader", "os:reader"];
  assertEquals(certifiedIdentity({ name: "jane", organizations }), {
    actor: "jane (os:reader, os:admin)",
    roles: ["os:reader", "os:admin"],
  });
  assertEquals(certifiedIdentity({ name: "", organizations: ["os:operator"] }), {
    actor: "(os:operator)",
    roles: ["os:operator"],
  });
});

Deno.test("certifiedIdentity() makes no controller of a name, nor another role, nor a long line", () => {
  for (
    const name of [
      "fs.MountController",
      "os:admin",
      "jane (os:admin)\n",
      "\ud800",
      "x".repeat(4096),
    ]
  ) {
    const { actor, roles } = certifiedIdentity({ name, organizations: [] });
    assertEquals(roles, []);
    assertEquals(/^[^()\n]{1,128} \(no role\)$/.test(actor), true, actor);
    assertEquals(actor.isWellFormed(), true);
  }
});
