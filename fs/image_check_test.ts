// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type FakeImage, fakeImage, signedImage, sourceOf } from "../tests/fakes/image.ts";
import { testPublicKey } from "../tests/fakes/signed_root.ts";
import { checkImage } from "./image_check.ts";

async function faultsOf(
  image: FakeImage,
  options: { readonly publicKey?: string } = {},
): Promise<readonly string[]> {
  return (await checkImage(sourceOf(image), options)).faults;
}

function flipped(image: FakeImage, name: string, at: number): FakeImage {
  const bytes = (image[name] ?? new Uint8Array()).slice();
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...image, [name]: bytes };
}

Deno.test("checkImage() finds nothing wrong in an image as it was built", async () => {
  const image = fakeImage();
  const { manifest, faults } = await checkImage(sourceOf(image));
  assertEquals([faults, manifest?.version], [[], "0.1.0"]);
  assertEquals(await faultsOf(image, { publicKey: testPublicKey(1) }), []);
});

Deno.test("checkImage() asks for the signature of the key it was given, whatever the manifest says", async () => {
  assertEquals(await faultsOf(fakeImage(), { publicKey: testPublicKey(2) }), [
    `manifest.sig: no signature of manifest.json by key ${testPublicKey(2)}`,
  ]);
});

Deno.test("checkImage() names the file of every flipped bit", async () => {
  const image = fakeImage();
  for (const name of Object.keys(image)) {
    const { length } = image[name] ?? new Uint8Array();
    for (const at of [0, 17, length >> 1, length - 1]) {
      const faults = await faultsOf(flipped(image, name, at));
      const blamed = name === "manifest.json"
        ? /^manifest\.(json|sig): /
        : new RegExp(`^${name}: `);
      assertEquals(faults.some((fault) => blamed.test(fault)), true, `${name} ${at}: ${faults}`);
    }
  }
});

Deno.test("checkImage() names the blocks of squashfs and hash tree that differ", async () => {
  const image = fakeImage();
  const data = await faultsOf(
    flipped(flipped(image, "rootfs.squashfs", 4096 * 3), "rootfs.squashfs", 4096 * 130),
  );
  assertEquals(
    data.at(-1),
    "rootfs.squashfs: blocks 3, 130 differ (of 4096 bytes, counted from 0)",
  );
  const tree = await faultsOf(flipped(image, "rootfs.verity", 4096 * 2 + 5));
  assertEquals(tree.at(-1), "rootfs.verity: block 2 differs (of 4096 bytes, counted from 0)");
  const both = await faultsOf(flipped(flipped(image, "rootfs.verity", 5), "rootfs.squashfs", 5));
  assertEquals(both.map((fault) => fault.slice(0, 29)), [
    "rootfs.squashfs: its SHA-256 ",
    "rootfs.verity: its SHA-256 is",
  ]);
});

Deno.test("checkImage() names many blocks up to a bound", async () => {
  const image = fakeImage();
  const squashfs = new Uint8Array(image["rootfs.squashfs"]?.length ?? 0);
  assertEquals(
    (await faultsOf({ ...image, "rootfs.squashfs": squashfs })).at(-1),
    "rootfs.squashfs: blocks 0, 1, 2, 3, 4, 5, 6, 7 differ and perhaps more (of 4096 bytes, counted from 0)",
  );
});

Deno.test("checkImage() says what is missing, and what was cut off", async () => {
  const image = fakeImage();
  for (const name of Object.keys(image)) {
    const { [name]: _, ...rest } = image;
    assertEquals(await faultsOf(rest), [`${name}: missing`]);
  }
  const short = { ...image, initramfs: (image["initramfs"] ?? new Uint8Array()).slice(0, 9) };
  assertEquals(await faultsOf(short), ["initramfs: has 9 bytes, the manifest says 5000"]);
  const long = { ...image, "manifest.sig": new Uint8Array(65) };
  assertEquals(await faultsOf(long), ["manifest.sig: has 65 bytes, at most 64"]);
});

Deno.test("checkImage() does not believe a root hash that the squashfs has not, though it was signed", async () => {
  const rootHash = "0".repeat(64);
  const image = signedImage((manifest) => ({
    ...manifest,
    verity: { ...manifest.verity, rootHash },
  }));
  const [fault = "", ...more] = await faultsOf(image);
  assertEquals([more, fault.endsWith(`the manifest says ${rootHash}`)], [[], true]);
});
