import { join } from "@std/path/posix";
import { BuildError } from "./build_error.ts";
import { findTool, toolPath } from "./host_tools.ts";
import { finish, run } from "./process.ts";
import type { Workshop } from "./workshop.ts";

/** Meta packages of Debian's 6.12 cloud kernel: of bookworm, then of trixie. */
const META_PACKAGES = ["linux-image-6.12-cloud-amd64", "linux-image-cloud-amd64"];

/** The oldest kernel that has what the agent needs (MOVE_MOUNT_BENEATH 6.5, `lowerdir+` 6.8). */
const VERSION_MIN = [6, 8] as const;

/** A kernel package as the archive has it. */
export interface LinuxPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** A kernel package, unpacked: nothing of it is installed on this host. */
export interface UnpackedLinux extends LinuxPackage {
  /** Holds boot/ and lib/modules/, with modules.dep made. */
  readonly path: string;
  readonly key: string;
}

/** @throws {BuildError} There is no apt, or the archive has no such kernel. */
export async function unpackLinux(workshop: Workshop): Promise<UnpackedLinux> {
  const found = await candidate(workshop);
  const depmod = await toolPath("depmod");
  const { signal } = workshop;
  const entry = await workshop.cache.entry({
    step: "kernel",
    inputs: [found.name, found.version, found.sha256],
    make: async (directory) => {
      const spec = `${found.name}=${found.version}`;
      await run("apt-get", { args: ["download", "-qq", spec], cwd: directory, signal });
      const archive = await onlyFile(directory);
      await run("dpkg-deb", { args: ["-x", archive, "tree"], cwd: directory, signal });
      await Deno.remove(join(directory, archive));
      const release = await onlyFile(join(directory, "tree/lib/modules"));
      await run(depmod, { args: ["-b", join(directory, "tree"), release], signal });
    },
  });
  return { ...found, path: join(entry.path, "tree"), key: entry.key };
}

/** Asks apt again only when its lists changed: it takes longer than all else in a second build. */
async function candidate(workshop: Workshop): Promise<LinuxPackage> {
  if ((await findTool("apt-get")) === undefined) {
    throw new BuildError(
      "Cannot get a kernel: this is not Debian or Ubuntu; give one with --kernel FILE --modules DIR",
    );
  }
  const lists = await Deno.stat("/var/lib/apt/lists").catch(() => undefined);
  const entry = await workshop.cache.entry({
    step: "kernel-candidate",
    inputs: [...META_PACKAGES, String(lists?.mtime?.getTime() ?? 0)],
    make: async (directory) => {
      const found = await askApt(workshop);
      await Deno.writeTextFile(
        join(directory, "candidate"),
        `${found.name}\n${found.version}\n${found.sha256}\n`,
      );
    },
  });
  const text = await Deno.readTextFile(join(entry.path, "candidate"));
  const [name = "", version = "", sha256 = ""] = text.split("\n");
  return { name, version, sha256 };
}

async function askApt(workshop: Workshop): Promise<LinuxPackage> {
  const known = await askAptOnce(workshop.signal);
  if (known !== undefined) return known;
  if (Deno.uid() === 0) {
    await finish("apt-get", { args: ["update", "-qq"], signal: workshop.signal });
    const updated = await askAptOnce(workshop.signal);
    if (updated !== undefined) return updated;
  }
  const hint = Deno.uid() === 0 ? "" : "run sudo apt-get update, or ";
  throw new BuildError(
    `Cannot get a kernel: the package archive has neither ${META_PACKAGES.join(" nor ")}; ` +
      `${hint}give one with --kernel FILE --modules DIR`,
  );
}

async function askAptOnce(signal: AbortSignal): Promise<LinuxPackage | undefined> {
  for (const meta of META_PACKAGES) {
    const depends = await finish("apt-cache", { args: ["depends", "--important", meta], signal });
    const name = imageOf(depends.stdout);
    if (name === undefined) continue;
    const show = await finish("apt-cache", { args: ["show", "--no-all-versions", name], signal });
    const version = /^Version: (\S+)$/m.exec(show.stdout)?.[1];
    const sha256 = /^SHA256: ([0-9a-f]{64})$/m.exec(show.stdout)?.[1];
    if (version !== undefined && sha256 !== undefined) return { name, version, sha256 };
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

async function onlyFile(directory: string): Promise<string> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(directory)) names.push(name);
  const [only] = names;
  if (only === undefined || names.length !== 1) {
    throw new BuildError(`Cannot unpack kernel: ${names.length} entries in "${directory}", not 1`);
  }
  return only;
}
