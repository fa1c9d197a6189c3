import { join } from "@std/path/posix";
import {
  type DebianPackage,
  findPackages,
  onlyFile,
  packageNow,
  unpackPackage,
} from "./debian_package.ts";
import { toolPath } from "./host_tools.ts";
import { finish, run } from "./process.ts";
import type { Workshop } from "./workshop.ts";

/** Meta packages of Debian's 6.12 cloud kernel: of bookworm, then of trixie. */
const META_PACKAGES = ["linux-image-6.12-cloud-amd64", "linux-image-cloud-amd64"];

/** The oldest kernel that has what the agent needs (MOVE_MOUNT_BENEATH 6.5, `lowerdir+` 6.8). */
const VERSION_MIN = [6, 8] as const;

/** A kernel package, unpacked: nothing of it is installed on this host. */
export interface UnpackedLinux extends DebianPackage {
  /** Holds boot/ and lib/modules/, with modules.dep made. */
  readonly path: string;
  readonly key: string;
}

/** @throws {BuildError} There is no apt, or the archive has no such kernel. */
export async function unpackLinux(workshop: Workshop): Promise<UnpackedLinux> {
  const { signal } = workshop;
  const [found = { name: "", version: "", sha256: "" }] = await findPackages(workshop, {
    step: "kernel-candidate",
    words: META_PACKAGES,
    ask: () => askApt(signal),
    lacking: `Cannot get a kernel of the package archive (${META_PACKAGES.join(", ")})`,
    instead: "give one with --kernel FILE --modules DIR",
  });
  const depmod = await toolPath("depmod");
  const entry = await workshop.cache.entry({
    step: "kernel",
    inputs: [found.name, found.version, found.sha256],
    make: async (directory) => {
      await unpackPackage(found, { directory, signal });
      const release = await onlyFile(join(directory, "tree/lib/modules"));
      await run(depmod, { args: ["-b", join(directory, "tree"), release], signal });
    },
  });
  return { ...found, path: join(entry.path, "tree"), key: entry.key };
}

async function askApt(signal: AbortSignal): Promise<readonly DebianPackage[] | undefined> {
  for (const meta of META_PACKAGES) {
    const depends = await finish("apt-cache", { args: ["depends", "--important", meta], signal });
    const name = imageOf(depends.stdout);
    const found = name === undefined ? undefined : await packageNow(name, signal);
    if (found !== undefined) return [found];
  }
  return undefined;
}

/** The kernel image that a meta package depends on, when it is new enough. */
export function imageOf(depends: string): string | undefined {
  const match = /^\s*\|?Depends: (linux-image-(\d+)\.(\d+)\S*)$/m.exec(depends);
  if (match === null) return undefined;
  const [major, minor] = [Number(match[2]), Number(match[3])];
  const [majorMin, minorMin] = VERSION_MIN;
  return major > majorMin || (major === majorMin && minor >= minorMin) ? match[1] : undefined;
}
