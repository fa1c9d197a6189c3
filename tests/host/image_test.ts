/** Images on a host: `strata verify` as a user calls it, and the key that signs. */
// @ts-types="types/std_assert.d.ts"
import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { BuildError } from "../../build/build_error.ts";
import { directoryCache } from "../../build/cache.ts";
import { openSigner, type Signer } from "../../build/signing_key.ts";
import type { Workshop } from "../../build/workshop.ts";
import { isSignedBy, publicKeyPem } from "../../fs/manifest_signature.ts";
import { archiveOf, type FakeImage, fakeImage } from "../fakes/image.ts";
import { testPublicKey } from "../fakes/signed_root.ts";
import { type Bench, hostBench } from "./host_process.ts";

/** Writes the image as a directory and as one file. */
async function written(
  bench: Bench,
  image: FakeImage,
): Promise<{ readonly dir: string; readonly file: string }> {
  const dir = `${bench.folder}/image`;
  await Deno.mkdir(dir, { recursive: true });
  for (const [name, bytes] of Object.entries(image)) await Deno.writeFile(`${dir}/${name}`, bytes);
  const file = `${bench.folder}/x.img`;
  await Deno.writeFile(file, archiveOf(image));
  return { dir, file };
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await Deno.writeFile(path, bytes);
}

Deno.test("strata verify believes an image that is whole, by the key that signed it", async () => {
  await using bench = await hostBench();
  const { dir, file } = await written(bench, fakeImage());
  const key = `${bench.folder}/key.pub`;
  await Deno.writeTextFile(key, publicKeyPem(testPublicKey(1)));
  for (const path of [dir, file]) {
    const { code, stdout, stderr } = await bench.strata("verify", path, "--key", key);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `signed by  test key ${testPublicKey(1)}`);
    assertStringIncludes(stdout, `${path} is as it was signed, every byte of it`);
  }
  await Deno.writeTextFile(key, publicKeyPem(testPublicKey(2)));
  assertEquals((await bench.strata("verify", file, "--key", key)).code, 4);
  await Deno.writeTextFile(key, "no key");
  assertEquals((await bench.strata("verify", file, "--key", key)).code, 1);
});

Deno.test("strata verify names the file and the block of a flipped bit, and what was cut off", async () => {
  await using bench = await hostBench();
  const { dir, file } = await written(bench, fakeImage());
  await flip(`${dir}/rootfs.squashfs`, 7 * 4096 + 1);
  const flipped = await bench.strata("verify", dir);
  assertEquals(flipped.code, 1);
  assertMatch(flipped.stdout, /^wrong {6}rootfs\.squashfs: block 7 differs/m);
  await Deno.truncate(file, 5000);
  const cut = await bench.strata("verify", file);
  assertEquals(cut.code, 1);
  assertMatch(cut.stdout, /^wrong {6}cut off at byte 5000/m);
  assertEquals((await bench.strata("verify", `${bench.folder}/nothing`)).code, 3);
});

/** Opens the key of a builder whose cache is `folder`. */
function signerIn(folder: string, given?: string): Promise<Signer> {
  const workshop: Pick<Workshop, "cache" | "progress"> = {
    cache: directoryCache(folder),
    progress: { line: () => {}, step: async (_, work) => await work(() => {}) },
  };
  return openSigner(workshop, given ?? "");
}

Deno.test("openSigner() makes a development key once, for its owner alone, and keeps it through clear()", async () => {
  await using bench = await hostBench();
  const cache = `${bench.folder}/cache`;
  const signers = await Promise.all([signerIn(cache), signerIn(cache), signerIn(cache)]);
  const [first] = signers;
  assertEquals(new Set(signers.map(({ publicKey }) => publicKey)).size, 1);
  assertEquals(first?.name, "development key");
  const names = (await Array.fromAsync(Deno.readDir(cache))).map(({ name }) => name);
  assertEquals(names, ["development-signing-key.pem"]);
  assertEquals(((await Deno.stat(`${cache}/${names[0]}`)).mode ?? 0) & 0o777, 0o600);
  await directoryCache(cache).clear();
  assertEquals((await signerIn(cache)).publicKey, first?.publicKey);
  const other = await signerIn(`${bench.folder}/other`);
  assertNotEquals(other.publicKey, first?.publicKey);
});

Deno.test("openSigner() takes a given key by path and by text, and signs as its owner", async () => {
  await using bench = await hostBench();
  await signerIn(bench.folder);
  const path = `${bench.folder}/development-signing-key.pem`;
  const pem = await Deno.readTextFile(path);
  const manifest = new TextEncoder().encode("the manifest");
  for (const given of [path, pem, `\n${pem}`]) {
    const signer = await signerIn(`${bench.folder}/unused`, given);
    assertEquals(signer.name, "given key");
    const signature = await signer.sign(manifest);
    assertEquals(await isSignedBy(signer.publicKey, { manifest, signature }), true);
    assertEquals(await signer.sign(manifest), signature, "the same every time");
  }
});

Deno.test("openSigner() refuses what is no key in one sentence that does not show it", async () => {
  await using bench = await hostBench();
  const other = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", other.privateKey)).toBase64();
  const head = "-----BEGIN PRIVATE KEY-----";
  const tail = "-----END PRIVATE KEY-----";
  const cases: readonly [given: string, said: RegExp][] = [
    [`${bench.folder}/nothing`, /Cannot read STRATA_SIGNING_KEY ".*nothing"/],
    [`${head}\nAAAA\n${tail}`, /it is no Ed25519 key/],
    [`${head}\n${der}\n${tail}`, /it is no Ed25519 key/],
    ["-----BEGIN ENCRYPTED PRIVATE KEY-----\nsecret\n", /no unencrypted PKCS #8 key in PEM/],
  ];
  for (const [given, said] of cases) {
    const { message } = await assertRejects(() => signerIn(bench.folder, given), BuildError);
    assertMatch(message, said);
    assertEquals(/AAAA|secret/.test(message) || message.includes(der), false);
  }
});
