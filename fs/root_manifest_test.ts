// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertRejects } from "@std/assert";
import { FakeKernel } from "../tests/fakes/kernel.ts";
import { addSignedRoot, SIGNED_ROOT, testPublicKey } from "../tests/fakes/signed_root.ts";
import { ManifestError } from "./manifest.ts";
import { readSignedRoot } from "./root_manifest.ts";

const FILES = { "etc/hostname": "strata\n" };

async function refused(kernel: FakeKernel): Promise<string> {
  return (await assertRejects(() => readSignedRoot(kernel, SIGNED_ROOT), ManifestError)).message;
}

Deno.test("readSignedRoot() gives what the trusted key signed", async () => {
  const kernel = new FakeKernel();
  const manifest = addSignedRoot(kernel, FILES);
  const read = await readSignedRoot(kernel, SIGNED_ROOT);
  assertEquals(read.manifest, manifest);
  assertEquals(read.publicKey, testPublicKey(1));
  assertEquals(read.bytes, kernel.readFile(SIGNED_ROOT.manifest));
});

Deno.test("readSignedRoot() refuses what another key signed, whatever key the manifest names", async () => {
  const kernel = new FakeKernel();
  addSignedRoot(kernel, FILES, {
    trusts: 1,
    signs: 2,
    change: (manifest) => ({
      ...manifest,
      signer: { name: "test key", publicKey: testPublicKey(1) },
    }),
  });
  assertEquals(
    await refused(kernel),
    'Cannot trust the image: "/manifest.sig" is no signature of "/manifest.json" by key ' +
      testPublicKey(1),
  );
});

Deno.test("readSignedRoot() refuses a flipped bit in manifest and signature before it reads them", async () => {
  for (const path of [SIGNED_ROOT.manifest, SIGNED_ROOT.signature]) {
    const kernel = new FakeKernel();
    addSignedRoot(kernel, FILES);
    const bytes = kernel.readFile(path);
    bytes[40] = (bytes[40] ?? 0) ^ 4;
    kernel.addFile(path, bytes);
    assertEquals((await refused(kernel)).includes("Cannot trust the image"), true, path);
  }
});

Deno.test("readSignedRoot() refuses the outer manifest in place of the inner one", async () => {
  const kernel = new FakeKernel();
  addSignedRoot(kernel, FILES, { change: (manifest) => ({ ...manifest, covers: "image" }) });
  assertEquals((await refused(kernel)).includes('covers is "image"'), true);
});

Deno.test("readSignedRoot() refuses files that are missing, cut off or longer, by name and size", async () => {
  for (const path of [SIGNED_ROOT.image, SIGNED_ROOT.hashTree]) {
    const kernel = new FakeKernel();
    addSignedRoot(kernel, FILES);
    const bytes = kernel.readFile(path);
    kernel.addFile(path, bytes.slice(0, -1));
    const size = bytes.length;
    assertEquals(
      await refused(kernel),
      `Cannot use the image: "${path}" has ${size - 1} bytes, its manifest says ${size} bytes: ` +
        "it was cut off or replaced",
    );
    kernel.addFile(path, new Uint8Array(size + 512));
    assertEquals((await refused(kernel)).includes(`has ${size + 512} bytes`), true);
    kernel.remove(path);
    assertEquals((await refused(kernel)).includes(`"${path}" is missing`), true);
  }
});

Deno.test("readSignedRoot() refuses a hash tree of the right size that is not the one", async () => {
  const kernel = new FakeKernel();
  addSignedRoot(kernel, FILES);
  const tree = kernel.readFile(SIGNED_ROOT.hashTree);
  // What the kernel leaves of a file that was cut off: zeros at its end.
  kernel.addFile(SIGNED_ROOT.hashTree, new Uint8Array(tree.length));
  assertEquals(
    await refused(kernel),
    'Cannot use the image: "/rootfs.verity" is not the one its manifest names: ' +
      "it was cut off, changed or replaced",
  );
});
