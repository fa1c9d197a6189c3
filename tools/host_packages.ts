/** Debian packages that the tests call programs of, and how a missing one comes to be there. */
import { findTool } from "../build/host_tools.ts";
import { runQuietly, say } from "./checkout.ts";

/** Each package with a file that proves it is installed: a program by its name, or a path. */
const PROOFS = {
  "attr": "setfattr",
  "chromium": "chromium",
  "cryptsetup-bin": "veritysetup",
  "curl": "curl",
  "e2fsprogs": "mkfs.ext4",
  "fish": "fish",
  "gcc": "gcc",
  "gdisk": "sgdisk",
  // Debian's may be too old for the modules of tests/interop; a newer one on PATH is taken first.
  "golang-go": "go",
  "kmod": "depmod",
  "libc6-dev": "/usr/include/stdio.h",
  "linux-libc-dev": "/usr/include/linux/mount.h",
  "lz4": "lz4",
  "nghttp2-client": "nghttp",
  "openssl": "openssl",
  "qemu-system-x86": "qemu-system-x86_64",
  "squashfs-tools": "mksquashfs",
  "util-linux": "unshare",
  "xfsprogs": "mkfs.xfs",
  "xz-utils": "xz",
  "zsh": "zsh",
  "zstd": "zstd",
} as const;

export type HostPackage = keyof typeof PROOFS;

/** Fetching and unpacking QEMU over a slow line. */
const INSTALL_MS_MAX = 300_000;

/**
 * Sees to it that the packages are there: installs what is missing when root on Debian or Ubuntu.
 *
 * @returns Why they are not there, with the command to run; undefined when they are.
 */
export async function ensurePackages(
  packages: readonly HostPackage[],
): Promise<string | undefined> {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return undefined;
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  const reason = `needs ${missing.join(", ")}: run \`apt-get ${install.join(" ")}\` as root`;
  if (Deno.uid() !== 0 || (await findTool("apt-get")) === undefined) return reason;
  say(`installing ${missing.join(", ")}`);
  // The package lists may be absent or older than the mirror: then fetch them and try again.
  const lastLine = await aptGet(install) && (await aptGet(["update"]) ?? await aptGet(install));
  if (lastLine !== undefined) return `${reason} (tried: ${lastLine})`;
  return (await missingPackages(missing)).length === 0 ? undefined : reason;
}

/** Runs apt-get; its last line when it failed. */
async function aptGet(args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await runQuietly({
    words: ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args],
    signal: AbortSignal.timeout(INSTALL_MS_MAX),
  });
  return code === 0 ? undefined : output.trim().split("\n").at(-1) || `code ${code}`;
}

async function missingPackages(packages: readonly HostPackage[]): Promise<HostPackage[]> {
  const missing: HostPackage[] = [];
  for (const name of packages) {
    const proof = PROOFS[name];
    const found = proof.startsWith("/")
      ? await Deno.stat(proof).catch(() => undefined)
      : await findTool(proof);
    if (found === undefined) missing.push(name);
  }
  return missing;
}
