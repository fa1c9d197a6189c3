import { basename, join } from "@std/path/posix";
import { BuildError } from "./build_error.ts";
import type { LinuxImage } from "./linux_image.ts";
import { run } from "./process.ts";

/**
 * What the first stage has the kernel load while the agent starts, by the names modprobe takes, in the order of need.
 * What they need comes along.
 */
export const FIRST_MODULES = [
  "loop",
  "dm_verity",
  "squashfs",
  "i6300esb",
  "virtio_net",
  "qemu_fw_cfg",
  "virtio_blk",
  "xfs",
  "overlay",
] as const;

/** What the agent may load from the root file system: there a module takes memory only while it is read. */
export const ROOTFS_MODULES = [...FIRST_MODULES, "softdog"] as const;

/** What depmod found out of a kernel's modules. */
export interface ModuleIndex {
  /** The text of modules.dep. */
  readonly dependencies: string;
  /** The text of modules.builtin. */
  readonly builtin: string;
}

/** Modules to ship, and the modules.dep that fits them. */
export interface ModuleSet {
  /** Paths relative to lib/modules/RELEASE, as the package has them; what is needed before who needs it. */
  readonly files: readonly string[];
  /** modules.dep for `files` once unpacked. */
  readonly dependencies: string;
}

/**
 * The modules `wanted`, with all they need.
 *
 * @throws {BuildError} One is neither a module nor built in.
 */
export function selectModules(index: ModuleIndex, wanted: readonly string[]): ModuleSet {
  const needs = new Map<string, readonly string[]>();
  const byName = new Map<string, string>();
  for (const line of index.dependencies.split("\n")) {
    const [file, rest = ""] = line.split(":");
    if (!file) continue;
    needs.set(file, rest.split(" ").filter((name) => name));
    byName.set(moduleName(file), file);
  }
  const builtin = new Set(index.builtin.split("\n").map(moduleName));
  const files = new Set<string>();
  for (const name of wanted) {
    const file = byName.get(name);
    if (file === undefined) {
      if (builtin.has(name)) continue;
      throw new BuildError(`Cannot find kernel module "${name}": neither a module nor built in`);
    }
    // modules.dep lists what is needed in full, the nearest first.
    for (const needed of [...(needs.get(file) ?? [])].reverse()) files.add(needed);
    files.add(file);
  }
  const lines = [...files].map((file) => {
    const deps = (needs.get(file) ?? []).map((needed) => ` ${unpackedName(needed)}`);
    return `${unpackedName(file)}:${deps.join("")}\n`;
  });
  return { files: [...files], dependencies: lines.sort().join("") };
}

/** `kernel/fs/xfs/xfs.ko.xz` → `xfs`, with `_` for `-`, as modprobe sees names. */
function moduleName(file: string): string {
  return basename(file).replace(/\.ko(\.\w+)?$/, "").replaceAll("-", "_");
}

/** The name of a module once unpacked. */
export function unpackedName(file: string): string {
  return file.replace(/\.ko\.\w+$/, ".ko");
}

/** Reads what depmod found. */
export async function moduleIndex(linux: LinuxImage): Promise<ModuleIndex> {
  return {
    dependencies: await Deno.readTextFile(join(linux.modules, "modules.dep")),
    builtin: await Deno.readTextFile(join(linux.modules, "modules.builtin")).catch(() => ""),
  };
}

/** Puts `set` into `directory`, unpacked, without the folders of its names. */
export async function unpackModules(
  linux: LinuxImage,
  to: { readonly set: ModuleSet; readonly directory: string; readonly signal: AbortSignal },
): Promise<void> {
  const { set, directory, signal } = to;
  await Deno.mkdir(directory, { recursive: true });
  const packers: Record<string, string> = { ".xz": "xz", ".zst": "zstd", ".gz": "gzip" };
  for (const file of set.files) {
    const copy = join(directory, basename(file));
    await Deno.copyFile(join(linux.modules, file), copy);
    const ending = /\.(xz|zst|gz)$/.exec(file)?.[0];
    const packer = ending === undefined ? undefined : packers[ending];
    if (packer === undefined) continue;
    await run(packer, { args: ["-d", "-f", "-q", copy], signal });
    await Deno.remove(copy).catch(() => {}); // zstd keeps its source.
  }
}
