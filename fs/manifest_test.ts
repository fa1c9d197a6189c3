// @ts-types="types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import {
  type Manifest,
  MANIFEST_BYTES_MAX,
  manifestBytes,
  ManifestError,
  parseManifest,
} from "./manifest.ts";

const HEX = "0123456789abcdef".repeat(4);

const INNER: Manifest = {
  format: 1,
  covers: "root",
  name: "strata",
  version: "0.1.0",
  commit: "abc123-dirty",
  sourceDateEpoch: 1_700_000_000,
  build: { deno: "2.7.14" },
  kernel: { release: "6.12.0-test", package: "linux-image" },
  signer: { name: "development key", publicKey: HEX },
  verity: { algorithm: "sha256", blockBytes: 4096, dataBlocks: 300, salt: HEX, rootHash: HEX },
  files: {
    "rootfs.squashfs": { size: 300 * 4096, sha256: HEX },
    "rootfs.verity": { size: 4 * 4096, sha256: HEX },
    "strata": { size: 5, sha256: HEX },
  },
};

/** The manifest with one field replaced; undefined takes it away. */
function withField(path: string, value: unknown): Uint8Array {
  const manifest = JSON.parse(JSON.stringify(INNER));
  const names = path.split("/");
  const last = names.pop() ?? "";
  let at = manifest;
  for (const name of names) at = at[name];
  at[last] = value;
  return new TextEncoder().encode(JSON.stringify(manifest));
}

function refusalOf(bytes: Uint8Array): string {
  return assertThrows(() => parseManifest(bytes, "root"), ManifestError).message;
}

Deno.test("parseManifest() gives what manifestBytes() wrote", () => {
  const bytes = manifestBytes(INNER);
  assertEquals(parseManifest(bytes, "root"), INNER);
  assertEquals(manifestBytes(parseManifest(bytes, "root")), bytes);
});

Deno.test("parseManifest() refuses the manifest of one thing in place of another's", () => {
  const error = assertThrows(() => parseManifest(manifestBytes(INNER), "image"), ManifestError);
  assertEquals(
    error.message,
    'Cannot use the manifest: covers is "root", it must be "image"',
  );
});

Deno.test("parseManifest() names the field that is missing, wrong or impossible", () => {
  const cases: readonly [path: string, value: unknown, said: string][] = [
    ["format", 2, "format is 2, it must be 1"],
    ["name", "other", 'name is "other"'],
    ["version", "../x", 'version is "../x"'],
    ["version", undefined, "version is missing"],
    ["commit", 7, "commit is 7"],
    ["sourceDateEpoch", -1, "sourceDateEpoch is -1"],
    ["build", [], "build is []"],
    ["build/deno", "\u001b[2J", "build.deno is"],
    ["kernel/release", "a/b", 'kernel.release is "a/b"'],
    ["signer", null, "signer is null"],
    ["signer/publicKey", HEX.toUpperCase(), "signer.publicKey is"],
    ["verity/algorithm", "sha1", 'verity.algorithm is "sha1"'],
    ["verity/blockBytes", 512, "verity.blockBytes is 512"],
    ["verity/dataBlocks", 0, "verity.dataBlocks: Cannot make a hash tree over 0 blocks"],
    ["verity/dataBlocks", 1e15, "verity.dataBlocks: Cannot make a hash tree"],
    ["verity/dataBlocks", 301, "files.rootfs.squashfs.size is 1228800, it must be 1232896"],
    ["verity/rootHash", HEX.slice(1), "verity.rootHash is"],
    ["files/rootfs.verity/size", 4096, "files.rootfs.verity.size is 4096, it must be 16384"],
    ["files/strata/size", 2 ** 40, "files.strata.size is 1099511627776"],
    ["files/strata/sha256", 1, "files.strata.sha256 is 1"],
    ["files/strata", undefined, "files.strata is missing"],
    ["files/more", { size: 1, sha256: HEX }, 'files is "more"'],
  ];
  for (const [path, value, said] of cases) {
    const message = refusalOf(withField(path, value));
    assertEquals(message.includes(said), true, `${path}: ${message}`);
  }
});

Deno.test("parseManifest() refuses what is too large or no JSON, whatever it begins with", () => {
  const large = new Uint8Array(MANIFEST_BYTES_MAX + 1).fill(0x20);
  assertEquals(
    refusalOf(large),
    "Cannot read the manifest: it has 65537 bytes, at most 65536",
  );
  const text = new TextEncoder();
  for (const bytes of [text.encode("{"), new Uint8Array([0x22, 0xff, 0x22]), new Uint8Array()]) {
    assertEquals(refusalOf(bytes), "Cannot read the manifest: it is no JSON in UTF-8");
  }
  for (const json of ["null", "[]", "7", '"x"']) {
    assertEquals(refusalOf(text.encode(json)).includes("it must be an object"), true, json);
  }
});

Deno.test("parseManifest() does not take a field from the prototype", () => {
  const bytes = new TextEncoder().encode('{"__proto__": {"format": 1}}');
  assertEquals(refusalOf(bytes), "Cannot use the manifest: format is missing, it must be 1");
});
