// @ts-types="types/std_assert.d.ts"
import { assert, assertEquals, assertThrows } from "@std/assert";
import { newAuthority } from "../certificates/authority.ts";
import { callerCertificate } from "./certificate.ts";

const NOT_BEFORE = new Date("2026-01-02T03:04:05Z");

async function der(roles: readonly string[], notAfter: Date): Promise<Uint8Array> {
  const validity = { notBefore: NOT_BEFORE, notAfter };
  const authority = await newAuthority({ name: "strata", ...validity });
  const { cert } = await authority.issueClient({ name: "jane doe", roles, ...validity });
  return Uint8Array.fromBase64(cert.replaceAll(/-----[^-]+-----/g, ""));
}

Deno.test("callerCertificate() reads the holder, all of its organisations, and the end", async () => {
  for (const end of ["2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z", "2126-07-08T09:10:11Z"]) {
    const roles = ["os:reader", "Größe", "os:admin"];
    assertEquals(callerCertificate(await der(roles, new Date(end))), {
      name: "jane doe",
      organizations: roles,
      notAfterMs: Date.parse(end),
    });
  }
});

Deno.test("callerCertificate() takes the issuer's organisations for nobody's", async () => {
  // What stands where the subject stands is all that counts: the authority has the same kinds of names.
  const { organizations, name } = callerCertificate(
    await der([], new Date("2030-01-01T00:00:00Z")),
  );
  assertEquals([organizations, name], [[], "jane doe"]);
});

Deno.test("callerCertificate() refuses what is cut off, and never does anything else to rubbish", async () => {
  const whole = await der(["os:admin"], new Date("2030-01-01T00:00:00Z"));
  const subject = new TextDecoder("latin1").decode(whole).lastIndexOf("jane doe");
  for (let length = 0; length < subject; length++) {
    assertThrows(() => callerCertificate(whole.subarray(0, length)), RangeError);
  }
  let same = 0;
  for (let at = 0; at < whole.length; at++) {
    for (const bits of [0x01, 0x80, 0xff]) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ bits;
      try {
        const { organizations, notAfterMs } = callerCertificate(changed);
        assert(organizations.every((name) => name.isWellFormed()) && Number.isFinite(notAfterMs));
        same++;
      } catch (error) {
        assert(error instanceof RangeError, String(error));
      }
    }
  }
  // Most of a certificate is keys and signatures, which are not read.
  assert(same > whole.length);
  assertThrows(() => callerCertificate(new Uint8Array(70_000)), RangeError, "has 70000 bytes");
});
