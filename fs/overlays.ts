/** Directories of the image that keep what is written to them: overlayfs with its upper half on /var. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import type { Kernel } from "./kernel/kernel.ts";
import { ensureMount, type WantedMount } from "./mount.ts";

/** The agent's own directory on /var; nothing else there is its business. */
export const AGENT_DIRECTORY = "/var/system";

/** Where upper and work directories live. */
export const OVERLAYS_DIRECTORY = "/var/system/overlays";

/** A directory that is to keep what is written to it. */
export interface PersistentDirectory {
  /** Absolute; the image has it. */
  readonly path: string;
  /** Why programs may run from it; "" where none may. */
  readonly executable: string;
}

/** Something that went wrong with one of them. */
export interface OverlayFailure {
  readonly path: string;
  readonly error: unknown;
}

/** The file systems that must never be covered, nor be kept. */
const FORBIDDEN = ["/dev", "/proc", "/run", "/sys", "/system", "/tmp", "/usr/bin", "/var"];

/**
 * The overlay of a directory as a value.
 *
 * @param layers Directories whose contents it shows, the uppermost first; the directory itself unless given. The kernel
 * takes 500, each with a path of at most 255 bytes.
 */
export function overlayMount(
  { path, executable }: PersistentDirectory,
  layers: readonly string[] = [path],
): WantedMount {
  const { upper, work } = overlayDirectories(path);
  return {
    source: "overlay",
    target: path,
    fstype: "overlay",
    access: "read-write",
    executable,
    parameters: [
      ...layers.map((layer) => `lowerdir+=${layer}`),
      `upperdir=${upper}`,
      `workdir=${work}`,
    ],
  };
}

/**
 * Lays an overlay over each of `directories`. One that carries it already is left alone, and one that fails keeps no
 * other from its own.
 *
 * /var must be mounted: {@linkcode AGENT_DIRECTORY} is made in it, for the agent alone.
 *
 * @returns What failed: a directory the image does not have, a refusal of the kernel.
 * @throws {SyscallError} {@linkcode AGENT_DIRECTORY} cannot be made.
 */
export function mountOverlays(
  kernel: Kernel,
  directories: readonly PersistentDirectory[],
): readonly OverlayFailure[] {
  claimAgentDirectory(kernel);
  const failures: OverlayFailure[] = [];
  for (const directory of directories) {
    try {
      prepareOverlay(kernel, directory.path);
      ensureMount(kernel, overlayMount(directory));
    } catch (error) {
      failures.push({ path: directory.path, error });
    }
  }
  return failures;
}

/**
 * What keeps `paths` from being kept together.
 *
 * @returns One sentence each.
 */
export function persistenceFaults(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path, index) => {
    const why = persistenceFault(path, paths.slice(0, index));
    return why === undefined ? [] : [`Cannot keep "${path}": ${why}`];
  });
}

function persistenceFault(path: string, before: readonly string[]): string | undefined {
  if (!path.startsWith("/") || path === "/" || join(path) !== path || path.endsWith("/")) {
    return "it must be an absolute path of a directory of the image, without . and ..";
  }
  const inside = (inner: string, outer: string): boolean =>
    inner === outer || inner.startsWith(`${outer}/`);
  const forbidden = FORBIDDEN.find((each) => inside(path, each) || inside(each, path));
  if (forbidden !== undefined) return `it would meet ${forbidden}, which is a layer of its own`;
  const other = before.find((each) => inside(path, each) || inside(each, path));
  return other === undefined ? undefined : `it would meet ${other}, which is kept, too`;
}

/**
 * Makes upper and work directory; the upper one shows through, so it is made like the image's own. They stay when the
 * mount then fails: who tries again needs them, and keeps what is in them.
 */
function prepareOverlay(kernel: Kernel, path: string): void {
  const status = kernel.lstat(path);
  if (status?.type !== "directory") {
    const found = status === undefined
      ? "the image has no such directory"
      : `it is a ${status.type}`;
    throw new RangeError(`Cannot keep "${path}": ${found}, it must be a directory of the image`);
  }
  const { upper, work } = overlayDirectories(path);
  // Above both, so that the mode of the one is not given to all.
  kernel.mkdir(join(upper, ".."), 0o700);
  if (kernel.lstat(upper) === undefined) kernel.mkdir(upper, status.mode);
  kernel.mkdir(work, 0o700);
}

/** Makes the agent's directory on /var, and closes it to others where somebody opened it. */
function claimAgentDirectory(kernel: Kernel): void {
  for (const path of [AGENT_DIRECTORY, OVERLAYS_DIRECTORY]) {
    kernel.mkdir(path, 0o700);
    if (kernel.lstat(path)?.mode !== 0o700) kernel.chmod(path, 0o700);
  }
}

/** `/etc/kubernetes` keeps its changes in `etc-kubernetes`; what a `-` stood for stays distinct. */
function overlayDirectories(path: string): { upper: string; work: string } {
  const name = path.slice(1).replaceAll("%", "%25").replaceAll("-", "%2D").replaceAll("/", "-");
  return {
    upper: join(OVERLAYS_DIRECTORY, name, "upper"),
    work: join(OVERLAYS_DIRECTORY, name, "work"),
  };
}
