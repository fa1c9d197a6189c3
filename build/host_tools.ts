import { join } from "@std/path/posix";
import { BuildError } from "./build_error.ts";
import { finish, lastLines } from "./process.ts";
import type { Workshop } from "./workshop.ts";

/** Programs of the host, and the Debian package each comes in. */
export const HOST_TOOLS = {
  "qemu-system-x86_64": "qemu-system-x86",
  "mksquashfs": "squashfs-tools",
  "mkfs.xfs": "xfsprogs",
  "xfs_repair": "xfsprogs",
  "xfs_growfs": "xfsprogs",
  "depmod": "kmod",
  "xz": "xz-utils",
  "lz4": "lz4",
  "ldd": "libc-bin",
  "cc": "gcc libc6-dev",
} as const;

export type HostTool = keyof typeof HOST_TOOLS;

/** Searched after PATH: where a plain user's PATH does not reach. */
const SYSTEM_PATHS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Where `tool` is, or undefined. */
export async function findTool(tool: string): Promise<string | undefined> {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), ...SYSTEM_PATHS];
  for (const folder of folders) {
    if (!folder.startsWith("/")) continue;
    const path = join(folder, tool);
    const stat = await Deno.stat(path).catch(() => undefined);
    if (stat?.isFile && ((stat.mode ?? 0) & 0o111) !== 0) return path;
  }
  return undefined;
}

/** Where `tool` is. @throws {BuildError} It is not there. */
export async function toolPath(tool: HostTool): Promise<string> {
  const path = await findTool(tool);
  if (path === undefined) throw new BuildError(missing([tool]));
  return path;
}

/**
 * Makes sure that `tools` are there: installs what is missing when root on Debian or Ubuntu.
 *
 * @throws {BuildError} Something is missing and cannot be installed; names the command that would.
 */
export async function requireTools(workshop: Workshop, tools: readonly HostTool[]): Promise<void> {
  const absent = await absentOf(tools);
  if (absent.length === 0) return;
  if (Deno.uid() !== 0 || (await findTool("apt-get")) === undefined) {
    throw new BuildError(missing(absent));
  }
  await workshop.progress.step("host packages", async (note) => {
    note(packagesOf(absent).join(" "));
    await install(workshop, packagesOf(absent));
  });
  const still = await absentOf(tools);
  if (still.length > 0) throw new BuildError(missing(still));
}

/** The packages `tools` come in, each once, sorted. */
export function packagesOf(tools: readonly HostTool[]): readonly string[] {
  return [...new Set(tools.flatMap((tool) => HOST_TOOLS[tool].split(" ")))].sort();
}

async function absentOf(tools: readonly HostTool[]): Promise<readonly HostTool[]> {
  const absent: HostTool[] = [];
  for (const tool of tools) {
    if ((await findTool(tool)) === undefined) absent.push(tool);
  }
  return absent;
}

function missing(tools: readonly HostTool[]): string {
  const packages = packagesOf(tools).join(" ");
  return `Cannot find ${tools.join(", ")}: install with: ` +
    `sudo apt-get install -y --no-install-recommends ${packages}`;
}

/** Tries with the package lists as they are, then once more with new ones: lists grow old. */
async function install(workshop: Workshop, packages: readonly string[]): Promise<void> {
  const { signal } = workshop;
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const args = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  const first = await finish("apt-get", { args, env, signal });
  if (first.code === 0) return;
  await finish("apt-get", { args: ["update", "-qq"], env, signal });
  const second = await finish("apt-get", { args, env, signal });
  if (second.code === 0) return;
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  throw new BuildError(
    `Cannot install host packages with "${command}": ${lastLines(second.stderr)}`,
  );
}
