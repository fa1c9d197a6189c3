// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { access } from "./access.ts";
import { Problem } from "./problem.ts";

const CERTIFICATE = { name: "ann", organizations: ["os:admin"] };

/** Asks with a certificate. */
function asked(url: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request(url, { headers });
}

const { admit } = access({ token: "secret" });

Deno.test("access() knows callers on TLS by their certificates, once a connection, and by no token", () => {
  const request = asked("https://box.test:50000/x");
  const first = admit(request, { transport: "tls", certificate: CERTIFICATE });
  assertEquals(first, { actor: "ann (os:admin)", roles: ["os:admin"] });
  assertEquals(admit(request, { transport: "tls", certificate: CERTIFICATE }) === first, true);
  const known = asked("https://box.test/x", { authorization: "Bearer secret" });
  for (const certificate of [undefined, { name: "ann", organizations: ["admin", "OS:ADMIN"] }]) {
    const origin = { transport: "tls" as const, ...(certificate ? { certificate } : {}) };
    const refused = assertThrows(() => admit(known, origin), Problem);
    assertEquals([refused.status, refused.code], [403, "access-denied"]);
    assertStringIncludes(refused.message, "certificate");
  }
});

Deno.test("access() lets no page of elsewhere use a certificate that a browser holds", () => {
  const admitted = (origin: string): unknown =>
    admit(asked("http://box.test:50000/x", { origin, host: "box.test:50000" }), {
      transport: "tls",
      certificate: CERTIFICATE,
    });
  admitted("https://box.test:50000");
  for (
    const origin of [
      "https://evil.test",
      "https://box.test",
      "https://box.test:50001",
      "http://box.test:50000",
      "http://localhost:3000",
      "null",
      "",
    ]
  ) {
    assertStringIncludes(
      assertThrows(() => admitted(origin), Problem).message,
      "Origin is not allowed",
    );
  }
});

Deno.test("access() takes the token alone, to its last letter, and an empty one from nobody", () => {
  const judged = (token: string, authorization: string): number => {
    const request = asked("http://localhost/x", { host: "localhost", authorization });
    try {
      access({ token }).admit(request, { transport: "tcp" });
      return 200;
    } catch (error) {
      return error instanceof Problem ? error.status : 500;
    }
  };
  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    assertEquals(judged("secret", `${scheme} secret`), 200, scheme);
  }
  const guesses = ["secre", "secrets", "Secret", "secres", "secretsecret", "", "x"];
  for (const guess of guesses) assertEquals(judged("secret", `Bearer ${guess}`), 401, guess);
  assertEquals(judged("secret", "Basic secret"), 401);
  for (const given of ["Bearer", "Bearer ", "Bearer x", ""]) assertEquals(judged("", given), 401);
});
