/** Directories of the image that keep what is written to them: overlayfs with its upper half on /var. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { MS } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";

/** Where upper and work directories live. */
export const OVERLAYS_DIRECTORY = "/var/system/overlays";

/**
 * Lays an overlay over each of `directories`. One that carries an overlay already is left alone.
 *
 * @param directories Absolute; each exists in the image.
 * @throws {SyscallError} The first refusal; those before it stay.
 */
export function mountOverlays(kernel: Kernel, directories: readonly string[]): void {
  for (const directory of directories) {
    if (topMountAt(readMounts(kernel), directory)?.fstype === "overlay") continue;
    const { upper, work } = overlayDirectories(directory);
    kernel.mkdir(upper, 0o755);
    kernel.mkdir(work, 0o700);
    kernel.mount({
      source: "overlay",
      target: directory,
      fstype: "overlay",
      flags: MS.NOSUID | MS.NODEV,
      data: `lowerdir=${directory},upperdir=${upper},workdir=${work}`,
    });
  }
}

/** `/etc/kubernetes` keeps its changes in `etc-kubernetes`. */
function overlayDirectories(directory: string): { upper: string; work: string } {
  const name = directory.slice(1).replaceAll("/", "-");
  return {
    upper: join(OVERLAYS_DIRECTORY, name, "upper"),
    work: join(OVERLAYS_DIRECTORY, name, "work"),
  };
}
