/** Who keeps a mount busy: processes by what they have open, and the kernel's own users. */
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import { readMounts } from "./mountinfo.ts";

/** Somebody who uses a mount. */
export interface MountHolder {
  /** 0 where it is the kernel itself: a mount below, or a loop device. */
  readonly pid: number;
  /** Name of the program, or of the mount or device. */
  readonly name: string;
  /** How it holds on. */
  readonly by: "cwd" | "root" | "exe" | "fd" | "map" | "mount" | "loop";
  /** What it holds on to. */
  readonly path: string;
}

/** Holders that are named: who looks for one wants to end it, and begins with these. */
export const HOLDERS_MAX = 16;

/** Bytes of one process' maps that are read; the largest have some thousand mappings. */
const MAPS_BYTES_MAX = 4 << 20;

const LINKS = ["cwd", "root", "exe"] as const;

/**
 * Looks through /proc for users of what is mounted at `target`, in this process' own namespace. A process is named once,
 * with the first thing found.
 *
 * Blocks while it looks: some microseconds for each open file of the machine.
 */
export function mountHolders(kernel: Kernel, target: string): readonly MountHolder[] {
  const isInside = (path: string): boolean => path === target || path.startsWith(`${target}/`);
  const found: MountHolder[] = [...kernelHolders(kernel, target, isInside)];
  for (const name of namesOf(kernel, "/proc")) {
    if (found.length >= HOLDERS_MAX) break;
    if (!/^\d+$/.test(name)) continue;
    const held = heldBy(kernel, `/proc/${name}`, isInside);
    if (held === undefined) continue;
    const program = tried(() => kernel.readText(`/proc/${name}/comm`).trim()) ?? "";
    found.push({ pid: Number(name), name: program, ...held });
  }
  return found.slice(0, HOLDERS_MAX);
}

/** One holder in words, such as `sleep (77) by its cwd /run/a`. */
export function holderText({ pid, name, by, path }: MountHolder): string {
  if (pid === 0) return `${by} ${name}`;
  return `${name} (${pid}) by its ${by} ${path}`;
}

type Held = Pick<MountHolder, "by" | "path">;

function heldBy(
  kernel: Kernel,
  process: string,
  isInside: (path: string) => boolean,
): Held | undefined {
  // What goes away while one looks at it holds nothing.
  const linkTo = (path: string): string => tried(() => kernel.readLink(path)) ?? "";
  for (const by of LINKS) {
    const path = linkTo(`${process}/${by}`);
    if (isInside(path)) return { by, path };
  }
  for (const fd of namesOf(kernel, `${process}/fd`)) {
    const path = linkTo(`${process}/fd/${fd}`);
    if (isInside(path)) return { by: "fd", path };
  }
  const maps = tried(() => kernel.readText(`${process}/maps`, { maxBytes: MAPS_BYTES_MAX })) ?? "";
  for (const line of maps.split("\n")) {
    const at = line.indexOf("/");
    const path = at === -1 ? "" : line.slice(at);
    if (isInside(path)) return { by: "map", path };
  }
  return undefined;
}

function* kernelHolders(
  kernel: Kernel,
  target: string,
  isInside: (path: string) => boolean,
): Iterable<MountHolder> {
  for (const mount of readMounts(kernel)) {
    if (mount.target === target || !isInside(mount.target)) continue;
    yield { pid: 0, name: mount.target, by: "mount", path: mount.target };
  }
  for (const name of namesOf(kernel, "/sys/block")) {
    if (!name.startsWith("loop")) continue;
    const file = `/sys/block/${name}/loop/backing_file`;
    const path = tried(() => kernel.readText(file).trimEnd()) ?? "";
    if (isInside(path)) yield { pid: 0, name: `/dev/${name}`, by: "loop", path };
  }
}

function namesOf(kernel: Kernel, path: string): readonly string[] {
  return tried(() => kernel.names(path)) ?? [];
}

function tried<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
