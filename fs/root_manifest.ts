/** The manifest the initramfs carries: read, and believed only when the initramfs's own key signed it. */
import type { Kernel } from "./kernel/kernel.ts";
import {
  type FileFacts,
  IMAGE_FILES,
  type Manifest,
  MANIFEST_BYTES_MAX,
  ManifestError,
  parseManifest,
} from "./manifest.ts";
import {
  isSignedBy,
  KEY_FILE_BYTES_MAX,
  publicKeyOfPem,
  SIGNATURE_BYTES,
} from "./manifest_signature.ts";

/** Where the parts of a signed root lie. Absolute paths. */
export interface SignedRoot {
  /** The key that must have signed, as PEM. */
  readonly key: string;
  readonly manifest: string;
  readonly signature: string;
  readonly image: string;
  readonly hashTree: string;
}

/** A manifest that was signed by the key it had to be signed by. */
export interface BelievedManifest {
  readonly manifest: Manifest;
  /** The bytes that were signed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** The key that was asked for: 64 hexadecimal digits. */
  readonly publicKey: string;
}

/**
 * Reads the manifest and checks, in this order: its signature, its form, the size of the squashfs, size and digest of the
 * hash tree. What is in the squashfs is checked block by block when it is read.
 *
 * @throws {ManifestError} It is not signed by the key, or not a root's; a file is not the one it names. {SyscallError} A file is
 * missing. {RangeError} The key is none.
 */
export async function readSignedRoot(kernel: Kernel, at: SignedRoot): Promise<BelievedManifest> {
  const publicKey = publicKeyOfPem(kernel.readText(at.key, { maxBytes: KEY_FILE_BYTES_MAX }));
  const bytes = kernel.readFile(at.manifest, { maxBytes: MANIFEST_BYTES_MAX });
  const signature = kernel.readFile(at.signature, { maxBytes: SIGNATURE_BYTES });
  if (!await isSignedBy(publicKey, { manifest: bytes, signature })) {
    throw new ManifestError(
      `Cannot trust the image: "${at.signature}" is no signature of "${at.manifest}" by key ${publicKey}`,
    );
  }
  const manifest = parseManifest(bytes, "root");
  assertSize(kernel, at.image, factsOf(manifest, IMAGE_FILES.squashfs).size);
  await assertWhole(kernel, at.hashTree, factsOf(manifest, IMAGE_FILES.hashTree));
  return { manifest, bytes, signature, publicKey };
}

function factsOf({ files }: Manifest, name: string): FileFacts {
  const facts = files[name];
  if (facts === undefined) throw new ManifestError(`Cannot use the manifest: no files.${name}`);
  return facts;
}

/** The kernel gives a file that was cut off its full size, and zeros: the tree comes last, and must be all there. */
async function assertWhole(
  kernel: Kernel,
  path: string,
  { size, sha256 }: FileFacts,
): Promise<void> {
  assertSize(kernel, path, size);
  const bytes = kernel.readFile(path, { maxBytes: size });
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (digest === sha256) return;
  throw new ManifestError(
    `Cannot use the image: "${path}" is not the one its manifest names: it was cut off, changed or replaced`,
  );
}

function assertSize(kernel: Kernel, path: string, wanted: number): void {
  const size = kernel.lstat(path)?.size;
  if (size === BigInt(wanted)) return;
  const is = size === undefined ? "is missing" : `has ${size} bytes`;
  throw new ManifestError(
    `Cannot use the image: "${path}" ${is}, its manifest says ${wanted} bytes: it was cut off or replaced`,
  );
}
