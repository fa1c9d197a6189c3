/** From the initramfs into the root file system, in the same process. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import { MOUNT_ATTR } from "./kernel/constants.ts";
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/** What goes over and what goes. */
export interface SwitchRootRequest {
  /** Where the new root is mounted. */
  readonly root: string;
  /** Mount points taken along, such as `/dev`: each exists in the new root under the same name. */
  readonly carry: readonly string[];
  /** The agent's own file: `source` in the initramfs is laid read-only over the placeholder `target` of the new root. */
  readonly agent: { readonly source: string; readonly target: string };
  /** Absolute paths of the initramfs that nobody needs any more. They take memory for as long as they are there. */
  readonly remove: readonly string[];
}

/** Something of the initramfs that stayed. */
export interface KeptPath {
  readonly path: string;
  readonly reason: string;
}

/**
 * Makes the mount at `request.root` the root of this process and of everything it starts.
 *
 * Mounts first, removal after: a refusal of a mount leaves the initramfs whole, with what was carried over so far taken
 * back.
 *
 * @returns What could not be removed; that costs memory and nothing else.
 * @throws {RangeError} `remove` holds the agent's file or a directory above it, or a relative path.
 * @throws {SyscallError} `ENOENT`, `EINVAL` (no mount at a path to carry), …
 */
export function switchRoot(kernel: Kernel, request: SwitchRootRequest): KeptPath[] {
  const { root, carry, agent } = request;
  checkRemovable(request);
  using undo = new DisposableStack();
  const placeholder = join(root, agent.target);
  kernel.bind({
    source: agent.source,
    target: placeholder,
    attributes: MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV,
  });
  undo.defer(() => kernel.unmount(placeholder));
  for (const path of carry) {
    kernel.moveMount(path, join(root, path));
    undo.defer(() => kernel.moveMount(join(root, path), path));
  }
  kernel.moveMount(root, "/");
  undo.move();
  // Our "/" is still the initramfs, now underneath: a path that starts there stays there, but ".." at the root climbs
  // to what lies on top of it.
  const kept = removeAll(kernel, request.remove);
  kernel.changeRoot("/..");
  return kept;
}

function checkRemovable(request: SwitchRootRequest): void {
  const source = join(request.agent.source);
  for (const path of request.remove) {
    const clean = join(path).replace(/(.)\/$/, "$1");
    if (!clean.startsWith("/")) {
      throw new RangeError(`Cannot remove "${path}": must be an absolute path of the initramfs`);
    }
    if (clean === "/" || source === clean || source.startsWith(`${clean}/`)) {
      throw new RangeError(`Cannot remove "${path}": it holds the agent's own file "${source}"`);
    }
  }
}

function removeAll(kernel: Kernel, paths: readonly string[]): KeptPath[] {
  const kept: KeptPath[] = [];
  for (const path of paths) {
    try {
      kernel.remove(path, { recursive: true });
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      if (!error.is("ENOENT")) kept.push({ path, reason: error.message });
    }
  }
  return kept;
}
