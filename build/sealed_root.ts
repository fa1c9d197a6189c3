import { join } from "@std/path/posix";
import { type Binary, reuse } from "./binary.ts";
import { BuildError } from "./build_error.ts";
import { digestFile } from "./digest.ts";
import type { LinuxImage } from "./linux_image.ts";
import { humanBytes } from "./progress.ts";
import { replaceFile } from "./publish.ts";
import type { Signer } from "./signing_key.ts";
import { DENO_VERSION } from "./toolchain.ts";
import type { Workshop } from "./workshop.ts";
import {
  type FileFacts,
  IMAGE_FILES,
  type Manifest,
  manifestBytes,
  parseManifest,
  type VerityFacts,
} from "../fs/manifest.ts";
import { VERITY_BLOCK_BYTES } from "../fs/verity_layout.ts";
import { VerityTreeBuilder } from "../fs/verity_tree.ts";

/** A root file system with all that proves it. */
export interface SealedRoot {
  /** Directory of rootfs.verity, manifest.json and manifest.sig. */
  readonly path: string;
  /** The squashfs file. */
  readonly squashfs: string;
  /** The inner manifest. */
  readonly manifest: Manifest;
  readonly key: string;
}

/** What is sealed, by whom. */
export interface SealRequest {
  readonly rootfs: { readonly path: string; readonly key: string };
  readonly binary: Binary;
  readonly linux: LinuxImage;
  readonly signer: Signer;
}

/** Makes the hash tree of the squashfs and the signed manifest that goes into the initramfs. */
export async function sealRoot(workshop: Workshop, request: SealRequest): Promise<SealedRoot> {
  const { rootfs, binary, linux, signer } = request;
  return await workshop.progress.step("hash tree", async (note) => {
    const entry = await workshop.cache.entry({
      step: "sealed-root",
      inputs: [
        ...[workshop.recipe, workshop.version, workshop.buildId, String(workshop.sourceDateEpoch)],
        ...[rootfs.key, binary.key, linux.key, signer.name, signer.publicKey],
      ],
      make: (directory) => seal(workshop, { ...request, directory }),
    });
    const bytes = await Deno.readFile(join(entry.path, IMAGE_FILES.manifest));
    const manifest = parseManifest(bytes, "root");
    const size = manifest.files[IMAGE_FILES.hashTree]?.size ?? 0;
    note(reuse(entry, `${humanBytes(size)}, root hash ${manifest.verity.rootHash.slice(0, 16)}…`));
    return { path: entry.path, squashfs: rootfs.path, manifest, key: entry.key };
  });
}

async function seal(
  workshop: Workshop,
  { rootfs, binary, linux, signer, directory }: SealRequest & { readonly directory: string },
): Promise<void> {
  const hashTree = join(directory, IMAGE_FILES.hashTree);
  const squashfs = await factsOf(rootfs.path);
  const verity = await writeHashTree(rootfs.path, { to: hashTree, of: squashfs });
  const manifest = manifestOf(workshop, {
    covers: "root",
    binary,
    linux,
    signer,
    verity,
    files: {
      [IMAGE_FILES.squashfs]: squashfs,
      [IMAGE_FILES.hashTree]: await factsOf(hashTree),
      [IMAGE_FILES.agent]: await factsOf(binary.path),
    },
  });
  await writeSigned(manifest, { signer, directory });
}

/** The salt is the data's own digest: the same data has the same tree, and other data another salt. */
async function writeHashTree(
  path: string,
  { to, of }: { readonly to: string; readonly of: FileFacts },
): Promise<VerityFacts> {
  if (of.size % VERITY_BLOCK_BYTES !== 0) {
    throw new BuildError(`Cannot seal "${path}": ${of.size} bytes are no whole blocks`);
  }
  const dataBlocks = of.size / VERITY_BLOCK_BYTES;
  const salt = of.sha256;
  const builder = new VerityTreeBuilder({ dataBlocks, salt: Uint8Array.fromHex(salt) });
  for await (const piece of (await Deno.open(path)).readable) builder.push(piece);
  const { bytes, rootHash } = builder.finish();
  await Deno.writeFile(to, bytes, { mode: 0o644 });
  return { algorithm: "sha256", blockBytes: VERITY_BLOCK_BYTES, dataBlocks, salt, rootHash };
}

/** Size and digest of a file. */
export async function factsOf(path: string): Promise<FileFacts> {
  return { size: (await Deno.stat(path)).size, sha256: await digestFile(path) };
}

/** A manifest with what inner and outer have in common. */
export function manifestOf(
  workshop: Workshop,
  of: Pick<Manifest, "covers" | "verity" | "files"> & {
    readonly binary: Binary;
    readonly linux: LinuxImage;
    readonly signer: Signer;
  },
): Manifest {
  const { covers, verity, files, binary, linux, signer } = of;
  return {
    format: 1,
    covers,
    name: "strata",
    version: workshop.version,
    commit: workshop.buildId,
    sourceDateEpoch: workshop.sourceDateEpoch,
    build: {
      deno: DENO_VERSION,
      denort: binary.denort.source,
      denortSha256: binary.denort.sha256,
    },
    kernel: { release: linux.release, ...linux.origin },
    signer: { name: signer.name, publicKey: signer.publicKey },
    verity,
    files,
  };
}

/** Writes manifest.json and manifest.sig. @throws {ManifestError} Nobody could read it back. */
export async function writeSigned(
  manifest: Manifest,
  to: { readonly signer: Signer; readonly directory: string },
): Promise<void> {
  const bytes = manifestBytes(manifest);
  parseManifest(bytes, manifest.covers);
  const signature = await to.signer.sign(bytes);
  for (const [name, content] of [["manifest", bytes], ["signature", signature]] as const) {
    await replaceFile(join(to.directory, IMAGE_FILES[name]), async (unfinished) => {
      await Deno.writeFile(unfinished, content, { mode: 0o644 });
    });
  }
}
