// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { isOwnAddress } from "./own_address.ts";

Deno.test("isOwnAddress() knows loopback and the machine's own address, in all of their forms", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.3.2.1", "192.0.2.1", true],
    ["::1", "::1", true],
    ["::ffff:127.0.0.1", "::ffff:127.0.0.1", true],
    ["192.0.2.1", "192.0.2.1", true],
    ["::ffff:192.0.2.1", "192.0.2.1", true],
    ["FE80::1%eth0", "fe80::1", true],
    ["192.0.2.127", "192.0.2.1", false],
    ["::ffff:192.0.2.127", "::ffff:192.0.2.1", false],
    ["1270::1", "2001:db8::1", false],
    ["fe80::2%eth0", "fe80::1%eth0", false],
  ];
  for (const [from, to, isOwn] of cases) {
    assertEquals([from, isOwnAddress({ hostname: from }, { hostname: to })], [from, isOwn]);
  }
});
