import { join, relative } from "@std/path/posix";
import { type Binary, compileBinary, openToolchain } from "./binary.ts";
import { makeCodeCache } from "./code_cache.ts";
import { type HostTool, requireTools } from "./host_tools.ts";
import { packInitramfs } from "./initramfs.ts";
import { type LinuxOptions, openLinuxImage } from "./linux_image.ts";
import { publishArchive } from "./image_file.ts";
import { humanBytes } from "./progress.ts";
import { publish } from "./publish.ts";
import { agentLibraries, packRootfs } from "./rootfs.ts";
import {
  factsOf,
  manifestOf,
  type SealedRoot,
  type SealRequest,
  sealRoot,
  writeSigned,
} from "./sealed_root.ts";
import { openSigner } from "./signing_key.ts";
import { workloadFolders } from "./workload_files.ts";
import type { Workshop } from "./workshop.ts";
import { type FileFacts, IMAGE_FILES } from "../fs/manifest.ts";

/** What an image is built from. */
export interface ImageOptions extends LinuxOptions {
  /** The shipped one, the test image with its probe inside, or that one with real workloads in it. */
  readonly flavour: "shipped" | "probe" | "workload";
  /** Where its files go instead of below dist. */
  readonly directory?: string;
}

/** Programs of the host that make an image. */
const IMAGE_TOOLS: readonly HostTool[] = [
  "mksquashfs",
  "mkfs.xfs",
  "xfs_repair",
  "xfs_growfs",
  "depmod",
  "xz",
  "lz4",
  "ldd",
];

/** The tools that building `flavour` takes. */
export function imageTools(flavour: ImageOptions["flavour"]): readonly HostTool[] {
  return flavour === "shipped" ? IMAGE_TOOLS : [...IMAGE_TOOLS, "cc"];
}

/** Builds the binary and puts it at dist/strata. */
export async function buildBinary(workshop: Workshop): Promise<Binary> {
  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "main.ts", denort });
  await publish(binary.path, join(workshop.root, "dist/strata"));
  return binary;
}

/**
 * Builds an image: vmlinuz, initramfs, rootfs.squashfs, its hash tree and a signed manifest in
 * dist/image (the test images: dist/probe-image, dist/workload-image), and all of it in one file,
 * dist/strata-VERSION.img (not of the test images).
 *
 * @returns The image's directory.
 */
export async function buildImage(workshop: Workshop, options: ImageOptions): Promise<string> {
  const { flavour } = options;
  const shipped = flavour === "shipped";
  await requireTools(workshop, imageTools(options.flavour));
  // First, since a kernel that cannot be read should not cost a build.
  const linux = await openLinuxImage(workshop, options);
  const signer = await openSigner(workshop);
  const binary = shipped ? await buildBinary(workshop) : await buildProbe(workshop);
  const code = await makeCodeCache(workshop, binary);
  const libraries = await agentLibraries(workshop, binary);
  const rootfs = await packRootfs(workshop, {
    binary,
    code,
    linux,
    libraries,
    extras: [
      ...(shipped ? [] : [join(workshop.root, "tests/vm/rootfs")]),
      ...(flavour === "workload" ? await workloadFolders(workshop) : []),
    ],
    packing: flavour === "workload" ? "quick" : "small",
  });
  const request = { rootfs, binary, linux, signer };
  const root = await sealRoot(workshop, request);
  const initramfs = await packInitramfs(workshop, { binary, code, linux, root, libraries });
  const usual = join(workshop.root, shipped ? "dist/image" : `dist/${flavour}-image`);
  const { directory = usual } = options;
  await workshop.progress.step("image", async (note) => {
    await publish(linux.path, join(directory, IMAGE_FILES.kernel));
    await publish(initramfs, join(directory, IMAGE_FILES.initramfs));
    await publish(root.squashfs, join(directory, IMAGE_FILES.squashfs));
    await publish(join(root.path, IMAGE_FILES.hashTree), join(directory, IMAGE_FILES.hashTree));
    const bytes = await signImage(workshop, { ...request, root, directory });
    note(`${relative(workshop.root, directory)}, ${humanBytes(bytes)} to boot`);
  });
  if (shipped) await publishArchive(workshop, directory);
  return directory;
}

async function buildProbe(workshop: Workshop): Promise<Binary> {
  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "tests/vm/probe_main.ts", denort });
  await publish(binary.path, join(workshop.root, "dist/probe-image/strata"));
  return binary;
}

/**
 * Writes the outer manifest, which covers every file, and its signature.
 *
 * @returns Bytes of kernel and initramfs together: what a boot medium must hold.
 */
async function signImage(
  workshop: Workshop,
  image: SealRequest & { readonly root: SealedRoot; readonly directory: string },
): Promise<number> {
  const { directory, root, signer } = image;
  const { kernel, initramfs, squashfs, hashTree } = IMAGE_FILES;
  const files: Record<string, FileFacts> = {};
  for (const name of [kernel, initramfs, squashfs, hashTree]) {
    files[name] = await factsOf(join(directory, name));
  }
  const { verity } = root.manifest;
  const manifest = manifestOf(workshop, { ...image, covers: "image", verity, files });
  await writeSigned(manifest, { signer, directory });
  return (files[kernel]?.size ?? 0) + (files[initramfs]?.size ?? 0);
}
