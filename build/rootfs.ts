import { basename, dirname, join } from "@std/path/posix";
import { type Binary, reuse } from "./binary.ts";
import type { CacheEntry } from "./cache.ts";
import type { CodeCache } from "./code_cache.ts";
import { APID_CODE_CACHE } from "../fs/code_cache_paths.ts";
import { LAUNCHER } from "../fs/kernel/launch_steps.ts";
import { digestFile } from "./digest.ts";
import { toolPath } from "./host_tools.ts";
import { launcher } from "./launcher.ts";
import { librariesOf } from "./libraries.ts";
import type { LinuxImage } from "./linux_image.ts";
import {
  moduleIndex,
  ROOTFS_MODULES,
  selectModules,
  unpackedName,
  unpackModules,
} from "./linux_modules.ts";
import { filesBelow, plantProbeFiles } from "./probe_files.ts";
import { run } from "./process.ts";
import { humanBytes } from "./progress.ts";
import { plantTree, rootfsTree } from "./rootfs_tree.ts";
import type { Workshop } from "./workshop.ts";

/** Programs of the host that the machine runs. */
const PROGRAMS = ["mkfs.xfs", "xfs_repair", "xfs_growfs"] as const;

/**
 * LZ4 in 64 KiB blocks: what is in here is read at boot, and LZ4 reads back fastest by far;
 * the megabyte that zstd would save is not worth its time.
 */
const COMPRESSION = ["-comp", "lz4", "-b", "64K"];

/** What the smaller sixth of it costs is a hundred times the time. */
const SMALLER = ["-Xhc"];

/** What the root file system is made of. */
export interface RootfsRequest {
  readonly binary: Binary;
  readonly code: CodeCache;
  readonly linux: LinuxImage;
  /** The agent's libraries, as the loader looks for them. */
  readonly libraries: readonly string[];
  /** Folders whose files go on top: the test images'. */
  readonly extras: readonly string[];
  /** Whether it is packed for its size, or for the time it takes. */
  readonly packing: "small" | "quick";
}

/** The agent's libraries: those of the runtime it is made from. */
export async function agentLibraries(
  workshop: Workshop,
  binary: Binary,
): Promise<readonly string[]> {
  return await librariesOf([binary.denort.path], { signal: workshop.signal });
}

/** Assembles and packs `/`: the path of the squashfs file, and its key. */
export async function packRootfs(
  workshop: Workshop,
  request: RootfsRequest,
): Promise<{ readonly path: string; readonly key: string }> {
  const { progress, signal } = workshop;
  const tree = await progress.step("root fs", async (note) => {
    const programs: string[] = [];
    for (const name of PROGRAMS) programs.push(await Deno.realPath(await toolPath(name)));
    const theirs = await librariesOf(programs, { signal });
    const libraries = [...new Set([...request.libraries, ...theirs])].sort();
    const entry = await assembled(workshop, { ...request, programs, libraries });
    note(reuse(entry, `${programs.length} programs, ${libraries.length} libraries`));
    return entry;
  });
  return await progress.step("squashfs", async (note) => {
    const entry = await packed(workshop, { tree, packing: request.packing });
    const path = join(entry.path, "rootfs.squashfs");
    note(reuse(entry, humanBytes((await Deno.stat(path)).size)));
    return { path, key: entry.key };
  });
}

async function assembled(
  workshop: Workshop,
  from: RootfsRequest & { readonly programs: readonly string[] },
): Promise<CacheEntry> {
  const copied = [...from.programs, ...from.libraries];
  const extras: string[] = [];
  for (const folder of from.extras) extras.push(...await filesBelow(folder));
  const digests: string[] = [];
  for (const path of [...copied, ...extras]) digests.push(path, await digestFile(path));
  return await workshop.cache.entry({
    step: "rootfs",
    inputs: [
      workshop.recipe,
      workshop.version,
      workshop.buildId,
      from.linux.key,
      from.code.key,
      ...digests,
    ],
    make: async (directory) => {
      const root = join(directory, "root");
      await plantTree(root, rootfsTree(workshop));
      for (const path of from.programs) {
        await copyProgram(path, join(root, "usr/sbin", basename(path)));
      }
      // /lib and /lib64 are links to /usr's.
      for (const path of from.libraries) {
        await copyProgram(path, join(root, /^\/lib/.test(path) ? `/usr${path}` : path));
      }
      await plantLauncher(join(root, LAUNCHER));
      await Deno.copyFile(from.code.of.apid, join(root, APID_CODE_CACHE));
      await Deno.chmod(join(root, APID_CODE_CACHE), 0o444);
      await plantModules(workshop, from.linux, root);
      for (const folder of from.extras) {
        await plantProbeFiles(folder, { to: root, signal: workshop.signal });
      }
    },
  });
}

/** Puts the program there that services begin as. */
async function plantLauncher(path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, launcher());
  await Deno.chmod(path, 0o755);
}

/** Puts modules and modules.dep where modprobe looks for them. */
async function plantModules(workshop: Workshop, linux: LinuxImage, root: string): Promise<void> {
  const set = selectModules(await moduleIndex(linux), ROOTFS_MODULES);
  const directory = join(root, "usr/lib/modules", linux.release);
  const unpacked = join(directory, "unpacked");
  await unpackModules(linux, { set, directory: unpacked, signal: workshop.signal });
  for (const file of set.files.map(unpackedName)) {
    const to = join(directory, file);
    await Deno.mkdir(dirname(to), { recursive: true });
    await Deno.rename(join(unpacked, basename(file)), to);
    await Deno.chmod(to, 0o644);
  }
  await Deno.remove(unpacked, { recursive: true });
  await Deno.writeTextFile(join(directory, "modules.dep"), set.dependencies);
}

async function copyProgram(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
  await Deno.chmod(to, 0o755);
}

async function packed(
  workshop: Workshop,
  { tree, packing }: Pick<RootfsRequest, "packing"> & { readonly tree: CacheEntry },
): Promise<CacheEntry> {
  const { sourceDateEpoch, signal } = workshop;
  const time = String(sourceDateEpoch);
  const mksquashfs = await toolPath("mksquashfs");
  return await workshop.cache.entry({
    step: "squashfs",
    inputs: [workshop.recipe, tree.key, time, packing],
    make: async (directory) => {
      const root = join(tree.path, "root");
      const target = join(directory, "rootfs.squashfs");
      const same = ["-all-root", "-no-xattrs", "-all-time", time, "-mkfs-time", time];
      const compression = packing === "small" ? [...COMPRESSION, ...SMALLER] : COMPRESSION;
      const quiet = ["-noappend", "-no-progress", "-quiet"];
      // It refuses to be told the time twice, by option and by the environment.
      const command = ["-u", "SOURCE_DATE_EPOCH", mksquashfs, root, target];
      await run("env", { args: [...command, ...compression, ...same, ...quiet], signal });
    },
  });
}
