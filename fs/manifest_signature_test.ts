// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { isSignedBy, publicKeyOfPem, publicKeyPem, SIGNATURE_BYTES } from "./manifest_signature.ts";

async function signed(text: string): Promise<{
  readonly publicKey: string;
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("Cannot make a pair of keys");
  const manifest = new TextEncoder().encode(text);
  const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, manifest);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)).toHex();
  return { publicKey, manifest, signature: new Uint8Array(signature) };
}

Deno.test("isSignedBy() refuses every single flipped bit of signature and manifest, and another key", async () => {
  const { publicKey, manifest, signature } = await signed("the manifest");
  assertEquals(await isSignedBy(publicKey, { manifest, signature }), true);
  for (const bytes of [manifest, signature]) {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const before = bytes[bit >> 3] ?? 0;
      bytes[bit >> 3] = before ^ (1 << (bit & 7));
      assertEquals(await isSignedBy(publicKey, { manifest, signature }), false, `bit ${bit}`);
      bytes[bit >> 3] = before;
    }
  }
  const other = await signed("another");
  assertEquals(await isSignedBy(other.publicKey, { manifest, signature }), false);
});

Deno.test("isSignedBy() says no to a signature of another length and to a key that is none", async () => {
  const { publicKey, manifest, signature } = await signed("the manifest");
  for (const length of [0, SIGNATURE_BYTES - 1]) {
    const short = signature.slice(0, length);
    assertEquals(await isSignedBy(publicKey, { manifest, signature: short }), false);
  }
  const long = new Uint8Array([...signature, 0]);
  assertEquals(await isSignedBy(publicKey, { manifest, signature: long }), false);
  assertEquals(await isSignedBy("ff".repeat(32), { manifest, signature }), false);
});

Deno.test("publicKeyOfPem() reads what publicKeyPem() wrote, and nothing but a key of Ed25519", () => {
  const key = "0123456789abcdef".repeat(4);
  const pem = publicKeyPem(key);
  assertEquals(publicKeyOfPem(`some words\n${pem.replace("\nM", "\nM\n")}`), key);
  assertThrows(() => publicKeyOfPem(key), RangeError, "it is no PEM of a public key");
  const body = /\n(.*)\n/.exec(pem)?.[1] ?? "";
  const change = (to: string) => () => publicKeyOfPem(pem.replace(body, to));
  assertThrows(change("MC=="), RangeError);
  assertThrows(change(body.slice(4)), RangeError, "it must be one of Ed25519");
  assertThrows(change("M"), RangeError);
});
