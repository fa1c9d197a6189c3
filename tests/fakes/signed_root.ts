/** A root in the initramfs of a {@linkcode FakeKernel} with all that proves it: hash tree, manifest, signature, key. */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { type Manifest, manifestBytes } from "../../fs/manifest.ts";
import { publicKeyPem } from "../../fs/manifest_signature.ts";
import type { SignedRoot } from "../../fs/root_manifest.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { VerityTreeBuilder } from "../../fs/verity_tree.ts";
import type { FakeKernel } from "./kernel.ts";

/** Where it lies, as the boot wants it. */
export const SIGNED_ROOT: SignedRoot = {
  key: "/signing.pub",
  manifest: "/manifest.json",
  signature: "/manifest.sig",
  image: "/rootfs.squashfs",
  hashTree: "/rootfs.verity",
};

/** A key for tests alone: 32 bytes of seed behind the head of its PKCS #8 form (RFC 8410). */
function testKey(seed: number): ReturnType<typeof createPrivateKey> {
  const head = Uint8Array.fromHex("302e020100300506032b657004220420");
  const der = new Uint8Array([...head, ...new Uint8Array(32).fill(seed)]).toBase64();
  const pem = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
  return createPrivateKey(pem);
}

/** The public key that belongs to `seed`, in hex. */
export function testPublicKey(seed: number): string {
  const { x = "" } = createPublicKey(testKey(seed)).export({ format: "jwk" });
  return Uint8Array.fromBase64(x, { alphabet: "base64url" }).toHex();
}

/** Signs as the owner of the key `seed`. */
export function testSignature(seed: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sign(null, bytes, testKey(seed)));
}

/**
 * Puts a root there that shows `files` (contents by path).
 *
 * @param options `trusts` and `signs` are seeds of keys, the same unless given; `change` alters the manifest that is
 * signed.
 * @returns What was signed.
 */
export function addSignedRoot(
  kernel: FakeKernel,
  files: Readonly<Record<string, string>>,
  options: {
    readonly trusts?: number;
    readonly signs?: number;
    readonly change?: (manifest: Manifest) => Manifest;
  } = {},
): Manifest {
  const { trusts = 1, signs = 1, change = (same) => same } = options;
  kernel.addImage(SIGNED_ROOT.image, files);
  const data = kernel.readFile(SIGNED_ROOT.image);
  const dataBlocks = data.length / VERITY_BLOCK_BYTES;
  const salt = digest(data);
  const builder = new VerityTreeBuilder({ dataBlocks, salt: Uint8Array.fromHex(salt) });
  builder.push(data);
  const { bytes: tree, rootHash } = builder.finish();
  const manifest = change({
    format: 1,
    covers: "root",
    name: "strata",
    version: "0.1.0",
    commit: "abc",
    sourceDateEpoch: 1_700_000_000,
    build: {},
    kernel: { release: "6.12.0-test" },
    signer: { name: "test key", publicKey: testPublicKey(signs) },
    verity: { algorithm: "sha256", blockBytes: VERITY_BLOCK_BYTES, dataBlocks, salt, rootHash },
    files: {
      "rootfs.squashfs": { size: data.length, sha256: digest(data) },
      "rootfs.verity": { size: tree.length, sha256: digest(tree) },
      "strata": { size: 9, sha256: digest(new TextEncoder().encode("the agent")) },
    },
  });
  const bytes = manifestBytes(manifest);
  kernel.addFile(SIGNED_ROOT.hashTree, tree);
  kernel.addFile(SIGNED_ROOT.manifest, bytes);
  kernel.addFile(SIGNED_ROOT.signature, testSignature(signs, bytes));
  kernel.addFile(SIGNED_ROOT.key, publicKeyPem(testPublicKey(trusts)));
  return manifest;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
