/** Whether an image is what its manifest says, and the manifest what somebody signed. */
import { createHash } from "node:crypto";
import type { ImageFile, ImageSource } from "./image_source.ts";
import {
  IMAGE_FILES,
  type Manifest,
  MANIFEST_BYTES_MAX,
  ManifestError,
  parseManifest,
} from "./manifest.ts";
import { isSignedBy, SIGNATURE_BYTES } from "./manifest_signature.ts";
import { VERITY_BLOCK_BYTES } from "./verity_layout.ts";
import { differingBlocks, differingDataBlocks, VerityTreeBuilder } from "./verity_tree.ts";

/** Blocks named of a file that has many wrong ones. */
const BLOCKS_NAMED_MAX = 8;

/** What was found out of an image. */
export interface ImageFindings {
  /** Undefined when it cannot be read. */
  readonly manifest: Manifest | undefined;
  /** One sentence for each thing that is wrong, beginning with the file's name; empty when all is well. */
  readonly faults: readonly string[];
}

/**
 * Checks every byte of an image: the signature by `publicKey` (64 hexadecimal digits; the key that the manifest itself
 * names, when not given), sizes and digests of all files, and that the hash tree is that of the squashfs, so that the
 * root hash is what the machine will ask for. Of squashfs and hash tree the blocks that differ are named.
 *
 * Reads all of it once, what is wrong a second time.
 *
 * @throws The signal's reason; what reading throws.
 */
export async function checkImage(
  image: ImageSource,
  options: { readonly publicKey?: string; readonly signal?: AbortSignal } = {},
): Promise<ImageFindings> {
  const read = await readManifest(image);
  if (read.manifest === undefined) return { manifest: undefined, faults: [read.fault] };
  const { manifest, bytes, signature } = read;
  const publicKey = options.publicKey ?? manifest.signer.publicKey;
  const faults: string[] = [];
  if (!await isSignedBy(publicKey, { manifest: bytes, signature })) {
    faults.push(
      `${IMAGE_FILES.signature}: no signature of ${IMAGE_FILES.manifest} by key ${publicKey}`,
    );
  }
  const wrong = new Set<string>();
  for (const [name, wanted] of Object.entries(manifest.files)) {
    const file = image.files.get(name);
    const fault = await faultOf(file, wanted, options.signal);
    if (fault === undefined) continue;
    wrong.add(name);
    faults.push(`${name}: ${fault}`);
  }
  const treeFault = await faultOfTree(image, manifest, { wrong, signal: options.signal });
  if (treeFault !== undefined) faults.push(treeFault);
  return { manifest, faults };
}

type ReadManifest =
  | { readonly manifest: undefined; readonly fault: string }
  | {
    readonly manifest: Manifest;
    readonly bytes: Uint8Array<ArrayBuffer>;
    readonly signature: Uint8Array<ArrayBuffer>;
  };

async function readManifest(image: ImageSource): Promise<ReadManifest> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const wanted: readonly [string, number][] = [[IMAGE_FILES.manifest, MANIFEST_BYTES_MAX], [
    IMAGE_FILES.signature,
    SIGNATURE_BYTES,
  ]];
  for (const [name, most] of wanted) {
    const file = image.files.get(name);
    if (file === undefined) return { manifest: undefined, fault: `${name}: missing` };
    if (file.size > most) {
      return { manifest: undefined, fault: `${name}: has ${file.size} bytes, at most ${most}` };
    }
    parts.push(await wholeOf(file));
  }
  const [bytes = new Uint8Array(), signature = new Uint8Array()] = parts;
  try {
    return { manifest: parseManifest(bytes, "image"), bytes, signature };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { manifest: undefined, fault: `${IMAGE_FILES.manifest}: ${error.message}` };
  }
}

async function faultOf(
  file: ImageFile | undefined,
  wanted: Manifest["files"][string],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (file === undefined) return "missing";
  if (file.size !== wanted.size) {
    return `has ${file.size} bytes, the manifest says ${wanted.size}`;
  }
  const hash = createHash("sha256");
  for await (const piece of file.pieces()) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  const sha256 = hash.digest("hex");
  return sha256 === wanted.sha256
    ? undefined
    : `its SHA-256 is ${sha256}, the manifest says ${wanted.sha256}`;
}

/** Makes the tree of the squashfs anew: it must be the one that is there, and end in the root hash. */
async function faultOfTree(
  image: ImageSource,
  { verity, files }: Manifest,
  known: { readonly wrong: ReadonlySet<string>; readonly signal: AbortSignal | undefined },
): Promise<string | undefined> {
  const data = image.files.get(IMAGE_FILES.squashfs);
  const tree = image.files.get(IMAGE_FILES.hashTree);
  const isWhole = data?.size === files[IMAGE_FILES.squashfs]?.size &&
    tree?.size === files[IMAGE_FILES.hashTree]?.size;
  if (data === undefined || tree === undefined || !isWhole) return undefined; // Told already.
  const { dataBlocks } = verity;
  const builder = new VerityTreeBuilder({ dataBlocks, salt: Uint8Array.fromHex(verity.salt) });
  for await (const piece of data.pieces()) {
    known.signal?.throwIfAborted();
    builder.push(piece);
  }
  const made = builder.finish();
  const there = await wholeOf(tree);
  if (!known.wrong.has(IMAGE_FILES.hashTree)) {
    const blocks = differingDataBlocks(
      { one: made.bytes, other: there, dataBlocks },
      BLOCKS_NAMED_MAX,
    );
    if (blocks.length > 0) return told(IMAGE_FILES.squashfs, blocks);
    if (made.rootHash === verity.rootHash) return undefined;
    return `${IMAGE_FILES.manifest}: the root hash is ${made.rootHash}, the manifest says ${verity.rootHash}`;
  }
  if (known.wrong.has(IMAGE_FILES.squashfs)) return undefined; // Neither can be told by the other.
  return told(IMAGE_FILES.hashTree, differingBlocks(made.bytes, there, BLOCKS_NAMED_MAX));
}

function told(name: string, blocks: readonly number[]): string {
  const more = blocks.length === BLOCKS_NAMED_MAX ? " and perhaps more" : "";
  const which = blocks.length === 1
    ? `block ${blocks[0]} differs`
    : `blocks ${blocks.join(", ")} differ`;
  return `${name}: ${which}${more} (of ${VERITY_BLOCK_BYTES} bytes, counted from 0)`;
}

/** A file in memory: what is bounded already. */
async function wholeOf(file: ImageFile): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(file.size);
  let at = 0;
  for await (const piece of file.pieces()) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
