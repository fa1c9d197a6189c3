/** Taking one mount away, from those who use it too in the end. */
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { type MountHolder, mountHolders } from "./mount_holders.ts";
import { readMounts, topMountAt } from "./mountinfo.ts";

/** What became of a mount that was to go. */
export type Release =
  | { readonly state: "gone" }
  /** Somebody uses it; it is there as before. */
  | { readonly state: "busy"; readonly holders: readonly MountHolder[] }
  /** Out of sight for everybody new; its file system lives until these let go. */
  | { readonly state: "detached"; readonly holders: readonly MountHolder[] };

/**
 * Unmounts what is seen at `target`; nothing there is fine.
 *
 * @param options `force` takes it out of sight where it is busy.
 * @throws {SyscallError} Any refusal but `EBUSY`.
 */
export function releaseMount(
  kernel: Kernel,
  target: string,
  options: { readonly force: boolean },
): Release {
  const top = topMountAt(readMounts(kernel), target);
  if (top === undefined) return { state: "gone" };
  try {
    kernel.unmount(target);
    return { state: "gone" };
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("EBUSY"))) throw error;
  }
  const holders = mountHolders(kernel, target);
  if (!options.force) return { state: "busy", holders };
  kernel.unmount(target, { detach: true, mountId: top.mountId });
  return { state: "detached", holders };
}
