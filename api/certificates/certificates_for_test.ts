import { X509Certificate } from "node:crypto";
// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { certificatesFor, type CertificatesRequest, HOURS_MAX } from "./certificates_for.ts";

const NOW = new Date("2026-01-02T03:04:05Z");

const REQUEST: CertificatesRequest = {
  hosts: ["box.example", "[2001:db8::1]", "10.0.0.1", "*.lab.example"],
  roles: ["os:reader", "os:operator"],
  name: "jane@example.org",
  hours: 24,
  now: NOW,
};

function read({ cert }: { readonly cert: string }): X509Certificate {
  return new X509Certificate(cert);
}

Deno.test("certificatesFor() makes an authority, and both pairs by it", async () => {
  const { ca, server, client } = await certificatesFor(REQUEST);
  assertEquals([read(ca).ca, read(server).ca, read(client).ca], [true, false, false]);
  for (const pair of [server, client]) {
    assertEquals(read(pair).checkIssued(read(ca)), true);
    assertEquals(read(pair).verify(read(ca).publicKey), true);
    assertEquals(new Date(read(pair).validTo), new Date("2026-01-03T03:04:05Z"));
    assertEquals(new Date(read(pair).validFrom), new Date("2026-01-02T02:54:05Z"));
  }
  assertEquals(read(client).subject, "O=os:reader\nO=os:operator\nCN=jane@example.org");
  const names = ["DNS:box.example", "IP Address:2001:db8::1", "IP Address:10.0.0.1"];
  const own = ["DNS:*.lab.example", "DNS:localhost", "IP Address:127.0.0.1", "IP Address:::1"];
  assertEquals(
    read(server).subjectAltName?.split(", ").map((name) => name.replace("0:0:0:0:0:0:0:1", "::1")),
    [...names, ...own],
  );
});

Deno.test("certificatesFor() uses an authority that is there, and gives every certificate a number of its own", async () => {
  const first = await certificatesFor(REQUEST);
  const second = await certificatesFor({ ...REQUEST, authority: first.ca });
  assertEquals(second.ca, first.ca);
  const pairs = [first.ca, first.server, first.client, second.server, second.client];
  for (const pair of pairs) assertEquals(read(pair).verify(read(first.ca).publicKey), true);
  assertEquals(new Set(pairs.map((pair) => read(pair).serialNumber)).size, pairs.length);
});

Deno.test("certificatesFor() refuses an authority that is none, half of one, or another's key", async () => {
  const { ca, client } = await certificatesFor(REQUEST);
  const cases: readonly (readonly [string, CertificatesRequest["authority"]])[] = [
    ["its certificate may not vouch for others", client],
    ["its key is not that of its certificate", { cert: ca.cert, key: client.key }],
    ["the key is no PRIVATE KEY in PEM", { cert: ca.cert, key: "" }],
    ["Cannot use the authority: ", { cert: "none", key: ca.key }],
  ];
  for (const [words, authority] of cases) {
    const request = { ...REQUEST, ...(authority ? { authority } : {}) };
    await assertRejects(() => certificatesFor(request), RangeError, words);
  }
});

Deno.test("certificatesFor() refuses names that would mean more than text, hosts and times that are none", async () => {
  for (
    const name of ["", "a,O=os:admin", "a+O=os:admin", "#04", '"x"', "a\nb", "a=b", "x".repeat(65)]
  ) {
    await assertRejects(() => certificatesFor({ ...REQUEST, name }), RangeError, "Cannot name a");
  }
  for (
    const host of ["", "a b", "a/b", "256.0.0.1", "1.2.3", "::g", "-a", "a..b", "x".repeat(254)]
  ) {
    const hosts = [host];
    await assertRejects(() => certificatesFor({ ...REQUEST, hosts }), RangeError, "Cannot make a");
  }
  for (const hours of [0, -1, 1.5, NaN, HOURS_MAX + 1]) {
    await assertRejects(() => certificatesFor({ ...REQUEST, hours }), RangeError, "may be 1 to");
  }
});
