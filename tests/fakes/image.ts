/** An image in memory: its files, signed, and as one archive. */
import { createHash } from "node:crypto";
import {
  ARCHIVE_NAMES,
  archiveEnd,
  archiveHeader,
  archivePadding,
  type ByteSource,
} from "../../fs/image_archive.ts";
import { type ImageSource, partOf } from "../../fs/image_source.ts";
import { type FileFacts, type Manifest, manifestBytes } from "../../fs/manifest.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { VerityTreeBuilder } from "../../fs/verity_tree.ts";
import { testPublicKey, testSignature } from "./signed_root.ts";

/** Contents by name. */
export type FakeImage = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** Blocks of the squashfs, which is none: two levels of a tree, and a bit. */
const DATA_BLOCKS = 150;

/** An image as the builder makes it. */
export function fakeImage(): FakeImage {
  return signedImage((manifest) => manifest);
}

/** An image whose manifest was changed before it was signed. */
export function signedImage(change: (manifest: Manifest) => Manifest): FakeImage {
  const squashfs = new Uint8Array(DATA_BLOCKS * VERITY_BLOCK_BYTES);
  for (let at = 0; at < squashfs.length; at += 100) squashfs[at] = at % 253;
  const salt = factsOf(squashfs).sha256;
  const builder = new VerityTreeBuilder({
    dataBlocks: DATA_BLOCKS,
    salt: Uint8Array.fromHex(salt),
  });
  builder.push(squashfs);
  const { bytes: tree, rootHash } = builder.finish();
  const files: FakeImage = {
    "vmlinuz": new Uint8Array(3000).fill(1),
    "initramfs": new Uint8Array(5000).fill(2),
    "rootfs.squashfs": squashfs,
    "rootfs.verity": tree,
  };
  const manifest = manifestBytes(change({
    format: 1,
    covers: "image",
    name: "strata",
    version: "0.1.0",
    commit: "abc",
    sourceDateEpoch: 1_700_000_000,
    build: {},
    kernel: { release: "6.12.0-test" },
    signer: { name: "test key", publicKey: testPublicKey(1) },
    verity: {
      algorithm: "sha256",
      blockBytes: VERITY_BLOCK_BYTES,
      dataBlocks: DATA_BLOCKS,
      salt,
      rootHash,
    },
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, factsOf(bytes)])),
  }));
  return { "manifest.json": manifest, "manifest.sig": testSignature(1, manifest), ...files };
}

/** The image, to be read. */
export function sourceOf(image: FakeImage): ImageSource {
  const files = Object.entries(image).map(([name, bytes]) =>
    [name, partOf(byteSource(bytes), { offset: 0, size: bytes.length })] as const
  );
  return { files: new Map(files), [Symbol.dispose]: () => {} };
}

/** The files as one archive. */
export function archiveOf(image: FakeImage): Uint8Array<ArrayBuffer> {
  const pieces = ARCHIVE_NAMES.flatMap((name) => {
    const bytes = image[name] ?? new Uint8Array();
    const header = archiveHeader({ name, size: bytes.length, mtime: 1_700_000_000 });
    return [header, bytes, archivePadding(bytes.length)];
  });
  return new Uint8Array([...pieces, archiveEnd()].flatMap((piece) => [...piece]));
}

/** Bytes in memory, to be read at any offset. */
export function byteSource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => {
      if (offset + length <= bytes.length) {
        return Promise.resolve(bytes.slice(offset, offset + length));
      }
      return Promise.reject(new RangeError(`Cannot read ${length} bytes at ${offset}`));
    },
  };
}

function factsOf(bytes: Uint8Array): FileFacts {
  return { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}
