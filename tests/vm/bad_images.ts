/** Images that were damaged or exchanged, made of a good one. */
import { join } from "@std/path/posix";
import { IMAGE_FILES, manifestBytes, parseManifest } from "../../fs/manifest.ts";
import { VERITY_BLOCK_BYTES } from "../../fs/verity_layout.ts";
import { testPublicKey, testSignature } from "../fakes/signed_root.ts";
import { findPayload, type Payload } from "./payload.ts";
import { squashfsDigests } from "./squashfs.ts";

/** An image that must not boot. */
export interface BadImage {
  /** Of its directory. */
  readonly name: string;
  /** What the console must say. */
  readonly says: RegExp;
}

/** Seed of a key that is not the builder's. */
const STRANGER = 7;

/** Makes seven bad images of the one in `image`, each in a directory of its name in `folder`. */
export async function badImages(image: string, folder: string): Promise<readonly BadImage[]> {
  const good = await Deno.readFile(join(image, IMAGE_FILES.initramfs));
  const payload = findPayload(good);
  const middle = (name: string): number => {
    const { offset, size } = fileOf(payload, name);
    return offset + (size >> 1);
  };
  const squashfs = fileOf(payload, IMAGE_FILES.squashfs);
  const untrusted = /Cannot trust the image: "\/manifest\.sig" is no signature of/;
  const images: readonly (BadImage & { readonly bytes: Uint8Array<ArrayBuffer> })[] = [
    {
      name: "manifest-flipped",
      bytes: flipped(good, middle(IMAGE_FILES.manifest)),
      says: untrusted,
    },
    {
      name: "signature-flipped",
      bytes: flipped(good, middle(IMAGE_FILES.signature)),
      says: untrusted,
    },
    { name: "signed-by-a-stranger", bytes: signedByStranger(good, payload), says: untrusted },
    {
      name: "cut-off-in-the-squashfs",
      bytes: good.slice(0, middle(IMAGE_FILES.squashfs)),
      // The kernel gives it its size all the same: what comes behind it is missed.
      says: /"\/rootfs\.verity" is missing, its manifest says \d+ bytes: it was cut off/,
    },
    {
      name: "cut-off-in-the-hash-tree",
      bytes: good.slice(0, middle(IMAGE_FILES.hashTree)),
      says: /"\/rootfs\.verity" is not the one its manifest names: it was cut off/,
    },
    {
      name: "cut-off-before-the-payload",
      bytes: good.slice(0, payload.offset),
      says: /"\/manifest\.json": ENOENT/,
    },
    {
      // The first block: nothing can be mounted.
      name: "superblock-flipped",
      bytes: flipped(good, squashfs.offset + 40),
      says: /Cannot mount "\/newroot": EIO/,
    },
  ];
  for (const { name, bytes } of images) await writeImage(image, { bytes, to: join(folder, name) });
  return images;
}

/**
 * Makes an image with flipped bits in blocks that hold nothing but programs no boot needs, by trying.
 *
 * @returns Its directory, and the paths of those programs.
 */
export async function rottenImage(
  image: string,
  folder: string,
): Promise<{ readonly image: string; readonly files: readonly string[] }> {
  const good = await Deno.readFile(join(image, IMAGE_FILES.initramfs));
  const { offset, size } = fileOf(findPayload(good), IMAGE_FILES.squashfs);
  const squashfs = good.slice(offset, offset + size);
  const digests = await digestsOf(squashfs, folder);
  // From the end of the data, where mksquashfs puts the last names: what comes behind is the tables.
  const tables = Number(new DataView(squashfs.buffer).getBigUint64(64, true));
  const files = new Set<string>();
  let found = 0;
  for (let tries = 1; found < ROTTEN_BLOCKS && tries <= TRIES_MAX; tries++) {
    const at = tables - tries * 7 * VERITY_BLOCK_BYTES;
    const spoilt = flipped(squashfs, at);
    const changed = changedFiles(digests, await digestsOf(spoilt, folder));
    if (changed.length === 0 || !changed.every((path) => UNNEEDED.includes(path))) continue;
    squashfs.set(spoilt.subarray(at, at + 1), at);
    Object.assign(digests, await digestsOf(squashfs, folder));
    changed.forEach((path) => files.add(path));
    found += 1;
  }
  if (found < ROTTEN_BLOCKS) throw new Error(`Cannot find ${ROTTEN_BLOCKS} blocks to spoil`);
  good.set(squashfs, offset);
  const to = join(folder, "rotten");
  await writeImage(image, { bytes: good, to });
  return { image: to, files: [...files].sort() };
}

/** Blocks spoilt. */
const ROTTEN_BLOCKS = 4;

/** Blocks tried: a fifth of a usual squashfs. */
const TRIES_MAX = 40;

/** Programs that no boot with a finished /var, or none, runs. */
const UNNEEDED = ["/usr/sbin/xfs_repair", "/usr/sbin/xfs_growfs", "/usr/sbin/mkfs.xfs"];

function changedFiles(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]);
}

async function digestsOf(
  squashfs: Uint8Array<ArrayBuffer>,
  folder: string,
): Promise<Record<string, string>> {
  const path = join(folder, "trial.squashfs");
  await Deno.writeFile(path, squashfs);
  return await squashfsDigests(path, folder, { tolerant: true });
}

function fileOf(
  payload: Payload,
  name: string,
): { readonly offset: number; readonly size: number } {
  const file = payload.files.get(name);
  if (file === undefined) throw new Error(`Cannot find "${name}" in the payload`);
  return file;
}

function flipped(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

/** The manifest as a stranger would have it: their key in it, their signature beside it, all else the same. */
function signedByStranger(
  good: Uint8Array<ArrayBuffer>,
  payload: Payload,
): Uint8Array<ArrayBuffer> {
  const { offset, size } = fileOf(payload, IMAGE_FILES.manifest);
  const manifest = parseManifest(good.subarray(offset, offset + size), "root");
  const signer = { ...manifest.signer, publicKey: testPublicKey(STRANGER) };
  const bytes = manifestBytes({ ...manifest, signer });
  if (bytes.length !== size) throw new Error("Cannot exchange the manifest: its size changed");
  const copy = good.slice();
  copy.set(bytes, offset);
  copy.set(testSignature(STRANGER, bytes), fileOf(payload, IMAGE_FILES.signature).offset);
  return copy;
}

/** Writes the directory of an image that QEMU can boot. */
async function writeImage(
  image: string,
  { bytes, to }: { readonly bytes: Uint8Array<ArrayBuffer>; readonly to: string },
): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await Deno.copyFile(join(image, IMAGE_FILES.kernel), join(to, IMAGE_FILES.kernel));
  await Deno.writeFile(join(to, IMAGE_FILES.initramfs), bytes);
}
