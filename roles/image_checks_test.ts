// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { manifestBytes } from "../fs/manifest.ts";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { addSignedRoot, SIGNED_ROOT, testPublicKey } from "../tests/fakes/signed_root.ts";
import { imageChecks } from "./image_checks.ts";

/** What a running machine says: manifest and signature. */
function told(): { readonly text: string; readonly signature: string } {
  const kernel = new FakeKernel();
  const manifest = addSignedRoot(kernel, {});
  const text = new TextDecoder().decode(manifestBytes(manifest));
  return { text, signature: kernel.readFile(SIGNED_ROOT.signature).toHex() };
}

Deno.test("runningManifest() believes a signature by the manifest's own key, or by the one given", async () => {
  const { text, signature } = told();
  const { runningManifest } = imageChecks();
  const report = await runningManifest(text, { signature });
  assertEquals([report.faults, report.manifest?.kernelRelease], [[], "6.12.0-test"]);
  assertEquals(Object.keys(report.manifest?.files ?? {}), [
    "rootfs.squashfs",
    "rootfs.verity",
    "strata",
  ]);
  assertEquals(
    (await runningManifest(text, { signature, publicKey: testPublicKey(1) })).faults,
    [],
  );
  assertEquals((await runningManifest(text, { signature, publicKey: testPublicKey(2) })).faults, [
    `manifest: its signature is not one by key ${testPublicKey(2)}`,
  ]);
});

Deno.test("runningManifest() refuses signatures and manifests that are none", async () => {
  const { text, signature } = told();
  const { runningManifest } = imageChecks();
  for (
    const wrong of ["", "x", signature.slice(1), `${signature}00`, signature.replace(/^../, "00")]
  ) {
    assertEquals((await runningManifest(text, { signature: wrong })).faults.length, 1, wrong);
  }
  const none = await runningManifest("{}", { signature });
  assertEquals([none.manifest, none.faults], [undefined, [
    "manifest: Cannot use the manifest: format is missing, it must be 1",
  ]]);
});

Deno.test("digest() is SHA-256 of all pieces", () => {
  const digest = imageChecks().digest();
  digest.update(new TextEncoder().encode("a"));
  digest.update(new TextEncoder().encode("bc"));
  assertEquals(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
