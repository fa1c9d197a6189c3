// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { certifiedIdentity, LOCAL_ADMIN } from "./authorization/roles.ts";
import { clientOf, forwardedAccess, type ForwardedOrigin, forwardedPairs } from "./forwarded.ts";
import { headersOf } from "./http2/header_pairs.ts";
import { Problem } from "./problem.ts";

const CLIENT = "192.0.2.7";

/** What the other end makes of what one end says. */
function passedOn(origin: ForwardedOrigin, identity = certified(origin)): string {
  const headers = headersOf(forwardedPairs(identity, origin));
  const seen = forwardedAccess()({ url: "http://localhost/", headers });
  return `${seen.actor} as ${seen.roles.join(",")} from ${
    clientOf(headers, { transport: "apid" })
  }`;
}

function certified({ certificate }: ForwardedOrigin) {
  return certificate === undefined ? LOCAL_ADMIN : certifiedIdentity(certificate);
}

Deno.test("forwardedPairs() and forwardedAccess() make of a caller the one it would have been at the machine's own door", () => {
  const named = (name: string, ...organizations: readonly string[]) =>
    passedOn({ transport: "tls", client: CLIENT, certificate: { name, organizations } });
  assertEquals(
    [
      named("ann", "os:admin"),
      named("ann", "Some Company", "os:reader", "os:operator"),
      named("Zoë 日本 \u{1f600}%, x", "os:reader"),
      named("", "os:reader"),
      named("x (os:admin)\n\ud800", "os:reader"),
      passedOn({ transport: "tcp", client: CLIENT }),
    ],
    [
      `ann (os:admin) as os:admin from ${CLIENT}`,
      `ann (os:reader, os:operator) as os:reader,os:operator from ${CLIENT}`,
      `Zoë 日本 \u{1f600}%, x (os:reader) as os:reader from ${CLIENT}`,
      `(os:reader) as os:reader from ${CLIENT}`,
      "x ?os:admin??\ufffd (os:reader) as os:reader from " + CLIENT,
      `os:admin as os:admin from ${CLIENT}`,
    ],
  );
});

Deno.test("forwardedAccess() gives one identity for one caller, however many come between", () => {
  const admit = forwardedAccess();
  const asked = (roles: string, caller?: string) =>
    admit({
      url: "http://localhost/",
      headers: headersOf(["strata-roles", roles, ...caller ? ["strata-caller", caller] : []]),
    });
  const first = asked("os:reader", "ann");
  assertEquals(asked("os:reader", "ann") === first, true);
  assertEquals(asked("os:reader", "bob") === first, false);
  assertEquals(asked("os:admin", "ann") === first, false);
  for (let count = 0; count < 300; count++) asked("os:reader", `n${count}`);
  assertEquals(asked("os:reader", "ann"), first);
});

for (
  const headers of [
    [],
    ["strata-roles", ""],
    ["strata-roles", "admin"],
    ["strata-roles", "os:admin,"],
    ["strata-roles", "os:admin, os:reader"],
    ["strata-roles", "os:reader", "strata-roles", "os:admin"],
    ["strata-roles", "os:reader", "strata-caller", "%"],
  ]
) {
  Deno.test(`forwardedAccess() lets nobody in by: ${headers.join(" ") || "nothing"}`, () => {
    const asked = { url: "http://localhost/", headers: headersOf(headers) };
    const { status } = assertThrows(() => forwardedAccess()(asked), Problem);
    assertEquals(status, 403);
  });
}

Deno.test("forwardedPairs() of who was not asked names no role and nobody", () => {
  const certificate = { name: "ann", organizations: ["os:admin"] };
  assertEquals(forwardedPairs(undefined, { transport: "tls", certificate }), [
    ...["strata-roles", "", "strata-transport", "tls"],
  ]);
});

Deno.test("clientOf() believes the header by apid alone, and no more of it than an address has", () => {
  const headers = headersOf(["strata-client", "1".repeat(100)]);
  assertEquals(clientOf(headers, { transport: "apid" }), "1".repeat(64));
  assertEquals(clientOf(headers, { transport: "unix" }), undefined);
  assertEquals(clientOf(headers, { transport: "tcp", client: CLIENT }), CLIENT);
  assertEquals(clientOf(headersOf([]), { transport: "apid" }), undefined);
});
