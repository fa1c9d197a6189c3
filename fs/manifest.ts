/**
 * The manifest of an image: what its files are, which root hash its root file system has, and whose signature it bears.
 *
 * There are two of one shape. The outer one (`covers: "image"`) lies beside the files and covers them all. The inner one
 * (`covers: "root"`) lies in the initramfs, which cannot hold its own digest, and covers what the machine mounts. Both
 * are JSON, signed byte for byte: `manifest.sig` is the Ed25519 signature of the file `manifest.json`.
 */
import { VERITY_BLOCK_BYTES, verityTreeBlocks } from "./verity_layout.ts";

/** Bytes of a manifest: ten times what one has. */
export const MANIFEST_BYTES_MAX = 64 * 1024;

/** Bytes of one file of an image: what a machine of 4 GiB could hold. */
export const IMAGE_FILE_BYTES_MAX = 4 * 2 ** 30;

/** Names of an image's files. */
export const IMAGE_FILES = {
  kernel: "vmlinuz",
  initramfs: "initramfs",
  squashfs: "rootfs.squashfs",
  hashTree: "rootfs.verity",
  agent: "strata",
  manifest: "manifest.json",
  signature: "manifest.sig",
} as const;

/** What each manifest covers: no more and no less. */
const COVERED = {
  image: [
    IMAGE_FILES.kernel,
    IMAGE_FILES.initramfs,
    IMAGE_FILES.squashfs,
    IMAGE_FILES.hashTree,
  ],
  // The agent is in the initramfs, too, and laid over its placeholder in the root.
  root: [IMAGE_FILES.squashfs, IMAGE_FILES.hashTree, IMAGE_FILES.agent],
} as const;

/** One file. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** How the root file system is checked at every read. */
export interface VerityFacts {
  /** `sha256`, format 1, blocks of 4096 bytes, no superblock. */
  readonly algorithm: "sha256";
  readonly blockBytes: typeof VERITY_BLOCK_BYTES;
  readonly dataBlocks: number;
  /** 64 hexadecimal digits. */
  readonly salt: string;
  /** 64 hexadecimal digits. */
  readonly rootHash: string;
}

/** A manifest. */
export interface Manifest {
  readonly format: 1;
  readonly covers: keyof typeof COVERED;
  readonly name: "strata";
  readonly version: string;
  /** The sources' commit, with `-dirty` where they differ from it; "" when not known. */
  readonly commit: string;
  /** Seconds since 1970. */
  readonly sourceDateEpoch: number;
  /** What it was built with, for people. */
  readonly build: Readonly<Record<string, string>>;
  /** The kernel's release, and where it is from. */
  readonly kernel: Readonly<Record<string, string>> & { readonly release: string };
  /** Who signed: a name for people, and the Ed25519 public key, 64 hexadecimal digits. */
  readonly signer: { readonly name: string; readonly publicKey: string };
  readonly verity: VerityFacts;
  readonly files: Readonly<Record<string, FileFacts>>;
}

/** A manifest cannot be used. The message names the field. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** The bytes of `manifest.json`: the same manifest gives the same bytes. */
export function manifestBytes(manifest: Manifest): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Reads a manifest that covers what it must. Its sizes, blocks and names are consistent; whether anything of it is true
 * is what signature and digests say.
 *
 * @throws {ManifestError} It is too large, no JSON, of another format, lacks something or has something impossible.
 */
export function parseManifest(
  bytes: Uint8Array,
  covers: Manifest["covers"],
): Manifest {
  const top = recordOf(parseJson(bytes), "the manifest");
  const format = top["format"];
  if (format !== 1) throw wrong("format", format, "1");
  if (top["covers"] !== covers) throw wrong("covers", top["covers"], JSON.stringify(covers));
  if (top["name"] !== "strata") throw wrong("name", top["name"], '"strata"');
  const files = filesOf(top["files"], COVERED[covers]);
  const kernel = textsOf(top["kernel"], "kernel");
  const signer = recordOf(top["signer"], "signer");
  const manifest: Manifest = {
    format,
    covers,
    name: "strata",
    version: textOf(top["version"], "version", /^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$/),
    commit: textOf(top["commit"], "commit", /^[0-9A-Za-z-]{0,80}$/),
    sourceDateEpoch: numberOf(top["sourceDateEpoch"], "sourceDateEpoch", 0xffff_ffff),
    build: textsOf(top["build"], "build"),
    kernel: { ...kernel, release: textOf(kernel["release"], "kernel.release", /^[\w.+~-]{1,64}$/) },
    signer: {
      name: textOf(signer["name"], "signer.name", /^[ -~]{1,80}$/),
      publicKey: hexOf(signer["publicKey"], "signer.publicKey"),
    },
    verity: verityOf(top["verity"]),
    files,
  };
  checkSizes(manifest);
  return manifest;
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw new ManifestError(
      `Cannot read the manifest: it has ${bytes.length} bytes, at most ${MANIFEST_BYTES_MAX}`,
    );
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ManifestError("Cannot read the manifest: it is no JSON in UTF-8");
  }
}

function filesOf(value: unknown, names: readonly string[]): Record<string, FileFacts> {
  const record = recordOf(value, "files");
  const extra = Object.keys(record).find((name) => !names.includes(name));
  if (extra !== undefined) throw wrong("files", extra, `of ${names.join(", ")}`);
  return Object.fromEntries(names.map((name) => {
    const facts = recordOf(record[name], `files.${name}`);
    const size = numberOf(facts["size"], `files.${name}.size`, IMAGE_FILE_BYTES_MAX);
    return [name, { size, sha256: hexOf(facts["sha256"], `files.${name}.sha256`) }];
  }));
}

function verityOf(value: unknown): VerityFacts {
  const facts = recordOf(value, "verity");
  const { algorithm, blockBytes } = facts;
  if (algorithm !== "sha256") throw wrong("verity.algorithm", algorithm, '"sha256"');
  if (blockBytes !== VERITY_BLOCK_BYTES) {
    throw wrong("verity.blockBytes", blockBytes, String(VERITY_BLOCK_BYTES));
  }
  const dataBlocks = numberOf(facts["dataBlocks"], "verity.dataBlocks", Number.MAX_SAFE_INTEGER);
  return {
    algorithm,
    blockBytes,
    dataBlocks,
    salt: hexOf(facts["salt"], "verity.salt"),
    rootHash: hexOf(facts["rootHash"], "verity.rootHash"),
  };
}

/** The tree fits the data, and the data the file. */
function checkSizes({ verity, files }: Manifest): void {
  let treeBlocks: number;
  try {
    treeBlocks = verityTreeBlocks(verity.dataBlocks);
  } catch (error) {
    throw new ManifestError(`Cannot use the manifest: verity.dataBlocks: ${textOfError(error)}`);
  }
  const wanted = { [IMAGE_FILES.squashfs]: verity.dataBlocks, [IMAGE_FILES.hashTree]: treeBlocks };
  for (const [name, blocks] of Object.entries(wanted)) {
    const size = files[name]?.size;
    const fits = blocks * VERITY_BLOCK_BYTES;
    if (size !== fits) {
      throw wrong(`files.${name}.size`, size, `${fits}, as verity.dataBlocks has it`);
    }
  }
}

function recordOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw wrong(path, value, "an object");
}

/** Texts for people by name, printable and short. */
function textsOf(value: unknown, path: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(recordOf(value, path)).map(([name, text]) => [
      name,
      textOf(text, `${path}.${name}`, /^[ -~]{0,256}$/),
    ]),
  );
}

function textOf(value: unknown, path: string, form: RegExp): string {
  if (typeof value === "string" && form.test(value)) return value;
  throw wrong(path, value, `text like ${form.source}`);
}

function hexOf(value: unknown, path: string): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw wrong(path, value, "64 hexadecimal digits");
}

function numberOf(value: unknown, path: string, most: number): number {
  const isCount = typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
  if (isCount && value <= most) return value;
  throw wrong(path, value, `a whole number from 0 to ${most}`);
}

function wrong(path: string, value: unknown, may: string): ManifestError {
  const is = value === undefined ? "missing" : JSON.stringify(value).slice(0, 80);
  return new ManifestError(`Cannot use the manifest: ${path} is ${is}, it must be ${may}`);
}

function textOfError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
