import { join } from "@std/path/posix";
import { type Binary, compileBinary, openToolchain } from "./binary.ts";
import { digestFile } from "./digest.ts";
import { type HostTool, requireTools } from "./host_tools.ts";
import { packInitramfs } from "./initramfs.ts";
import { type LinuxImage, type LinuxOptions, openLinuxImage } from "./linux_image.ts";
import { humanBytes } from "./progress.ts";
import { publish, replaceFile } from "./publish.ts";
import { agentLibraries, packRootfs } from "./rootfs.ts";
import { DENO_VERSION } from "./toolchain.ts";
import type { Workshop } from "./workshop.ts";

/** What an image is built from. */
export interface ImageOptions extends LinuxOptions {
  /** The shipped one, or the test image with its probe inside. */
  readonly flavour: "shipped" | "probe";
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
  return flavour === "probe" ? [...IMAGE_TOOLS, "cc"] : IMAGE_TOOLS;
}

/** Builds the binary and puts it at dist/strata. */
export async function buildBinary(workshop: Workshop): Promise<Binary> {
  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "main.ts", denort });
  await publish(binary.path, join(workshop.root, "dist/strata"));
  return binary;
}

/**
 * Builds an image: vmlinuz, initramfs, rootfs.squashfs and manifest.json in dist/image
 * (the test image: dist/probe-image).
 *
 * @returns The image's directory.
 */
export async function buildImage(workshop: Workshop, options: ImageOptions): Promise<string> {
  const probe = options.flavour === "probe";
  await requireTools(workshop, imageTools(options.flavour));
  // First, since a kernel that cannot be read should not cost a build.
  const linux = await openLinuxImage(workshop, options);
  const binary = probe ? await buildProbe(workshop) : await buildBinary(workshop);
  const libraries = await agentLibraries(workshop, binary);
  const rootfs = await packRootfs(workshop, {
    binary,
    linux,
    libraries,
    ...(probe ? { extra: join(workshop.root, "tests/vm/rootfs") } : {}),
  });
  const initramfs = await packInitramfs(workshop, { binary, linux, rootfs, libraries });
  const directory = join(workshop.root, probe ? "dist/probe-image" : "dist/image");
  await workshop.progress.step("image", async (note) => {
    await publish(linux.path, join(directory, "vmlinuz"));
    await publish(rootfs.path, join(directory, "rootfs.squashfs"));
    await publish(initramfs, join(directory, "initramfs"));
    const bytes = await writeManifest(workshop, { directory, linux, binary });
    note(`${directory.slice(workshop.root.length + 1)}, ${humanBytes(bytes)} to boot`);
  });
  return directory;
}

async function buildProbe(workshop: Workshop): Promise<Binary> {
  const denort = await openToolchain(workshop);
  const binary = await compileBinary(workshop, { entry: "tests/vm/probe_main.ts", denort });
  await publish(binary.path, join(workshop.root, "dist/probe-image/strata"));
  return binary;
}

/** @returns Bytes of kernel and initramfs together: what a boot medium must hold. */
async function writeManifest(
  workshop: Workshop,
  image: { readonly directory: string; readonly linux: LinuxImage; readonly binary: Binary },
): Promise<number> {
  const { directory, linux, binary } = image;
  const artefacts: Record<string, { size: number; sha256: string }> = {};
  for (const name of ["vmlinuz", "initramfs", "rootfs.squashfs"]) {
    const path = join(directory, name);
    artefacts[name] = { size: (await Deno.stat(path)).size, sha256: await digestFile(path) };
  }
  const manifest = {
    name: "strata",
    version: workshop.version,
    sourceDateEpoch: workshop.sourceDateEpoch,
    deno: DENO_VERSION,
    denort: { source: binary.denort.source, sha256: binary.denort.sha256 },
    kernel: { release: linux.release, ...linux.origin },
    artefacts,
  };
  await replaceFile(join(directory, "manifest.json"), async (unfinished) => {
    await Deno.writeTextFile(unfinished, `${JSON.stringify(manifest, null, 2)}\n`);
  });
  return (artefacts["vmlinuz"]?.size ?? 0) + (artefacts["initramfs"]?.size ?? 0);
}
