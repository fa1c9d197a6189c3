/**
 * The machine before it has a root: from the initramfs to the layers. Nothing of the runtime may be imported here: it
 * is loaded after this, while the kernel is busy with the modules that come after the root.
 */
import { type CommandLine, parseCommandLine } from "../fs/cmdline.ts";
import { prepareCgroups } from "../fs/cgroup.ts";
import { CODE_CACHE } from "../fs/code_cache_paths.ts";
import type { Kernel } from "../fs/kernel/kernel.ts";
import { loadModules } from "../fs/modules.ts";
import { EARLY_MOUNTS, mountAll, ROOT_MOUNTS } from "../fs/mount_table.ts";
import { mountRootImage, unmountRootImage } from "../fs/root_image.ts";
import { type BelievedManifest, readSignedRoot } from "../fs/root_manifest.ts";
import { switchRoot } from "../fs/switch_root.ts";
import type { VolumeFacts } from "../fs/var_volume.ts";
import { openVar } from "./data_volume.ts";
import { beginNetworkFace, type HeadStart } from "./head_start.ts";
import { type LateModules, lateModules } from "./late_modules.ts";
import type { Timeline } from "./timeline.ts";

/**
 * The key that must have signed the image, in the same archive as the agent. Its presence is what makes this process
 * the machine's init: of an image that was cut off it is still there.
 */
export const SIGNING_KEY = "/signing.pub";

/** The image, what proves it, and where the new root is put together. */
const ROOT = {
  key: SIGNING_KEY,
  manifest: "/manifest.json",
  signature: "/manifest.sig",
  image: "/rootfs.squashfs",
  hashTree: "/rootfs.verity",
  target: "/newroot",
};

/** The agent in the initramfs, and the placeholder in the image it is laid over. */
const AGENT = { source: "/strata", target: "/usr/bin/strata" };

/** What the root needs before it can be mounted; the initramfs holds them, the image all others. */
const ROOT_MODULES = ["loop", "dm_verity", "squashfs"];

/** What the initramfs holds that nobody needs once the root stands. */
const LEFTOVERS = [
  ROOT.key,
  ROOT.manifest,
  ROOT.signature,
  ROOT.image,
  ROOT.hashTree,
  "/lib/modules",
  CODE_CACHE,
];

/** What the boot leaves to the life of the machine. */
export interface EarlyFacts {
  readonly commandLine: CommandLine;
  readonly modules: LateModules;
  /** What becomes of /var: its file system is mounted while V8 reads the runtime. Never rejects. */
  readonly volume: Promise<VolumeFacts>;
  /** What the root was believed by. */
  readonly believed: BelievedManifest;
  /** The network face's process; undefined where it could not be begun, which is tried again with all services. */
  readonly face: HeadStart | undefined;
}

/**
 * Verifies the image, mounts the root file system in memory, makes it `/`, and begins to load what comes after.
 *
 * @throws What the failing step throws; the caller ends the machine.
 */
export async function raiseRoot(kernel: Kernel, timeline: Timeline): Promise<EarlyFacts> {
  await timeline.step("pseudo file systems", () => void mountAll(kernel, EARLY_MOUNTS));
  const commandLine = parseCommandLine(kernel.readText("/proc/cmdline"));
  const directory = `/lib/modules/${kernel.readText("/proc/sys/kernel/osrelease").trim()}`;
  await timeline.step(
    "root modules",
    () => loadModules(kernel, { directory, names: ROOT_MODULES }),
  );
  const believed = await timeline.step("image", async (note) => {
    const read = await readSignedRoot(kernel, ROOT);
    const { version, signer } = read.manifest;
    note.detail = `${version}, signed by the ${signer.name}`;
    return read;
  });
  await timeline.step("root", (note) => {
    const path = mountRootImage(kernel, { ...ROOT, verity: believed.manifest.verity });
    note.detail = `squashfs in memory on ${path}`;
  });
  await timeline.step("switch root", (note) => {
    const carry = EARLY_MOUNTS.map(({ target }) => target);
    using undo = new DisposableStack();
    undo.defer(() => unmountRootImage(kernel, ROOT.target));
    const kept = switchRoot(kernel, { root: ROOT.target, carry, agent: AGENT, remove: LEFTOVERS });
    undo.move();
    note.detail = kept.map(({ path, reason }) => `kept ${path}: ${reason}`).join(", ");
  });
  const modules = lateModules(kernel, directory);
  await timeline.step("layers", () => void mountAll(kernel, ROOT_MOUNTS));
  const volume = openVar(kernel, { timeline, modules });
  await timeline.attempt("cgroups", () => prepareCgroups(kernel));
  const face = await timeline.attempt("network face begins", () => beginNetworkFace(kernel));
  return { commandLine, modules, believed, volume, face };
}
