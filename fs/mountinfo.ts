/** The kernel's own word on what is mounted: /proc/self/mountinfo. */
import type { Kernel } from "./kernel/kernel.ts";

/** One mount. Escapes of the kernel's text are undone. */
export interface MountEntry {
  /** Unique while it is mounted. */
  readonly mountId: number;
  /** The mount it lies on; its own number, or one not listed, for the root of this process. */
  readonly parentId: number;
  /** `MAJOR:MINOR` of the file system: equal for two mounts of the same one. */
  readonly device: string;
  /** Directory, or file, of the file system that is the root of this mount. */
  readonly root: string;
  /** Where it is mounted, as this process sees it. */
  readonly target: string;
  /** Options of the mount, such as `ro`, `nosuid`. */
  readonly options: readonly string[];
  /** Optional fields, such as `shared:2`. */
  readonly propagation: readonly string[];
  readonly fstype: string;
  /** A device, or the file system's own word; may be "". */
  readonly source: string;
  /** Options of the file system. */
  readonly superOptions: readonly string[];
}

/** Bytes of mountinfo read at most: some ten thousand mounts, far beyond what a machine has. */
const MOUNTINFO_BYTES_MAX = 4 * 1024 * 1024;
const MOUNTINFO_PATH = "/proc/self/mountinfo";

/**
 * Reads the text of /proc/self/mountinfo, in its order.
 *
 * A line that does not parse means that this parser is wrong, and a mount that is overlooked may be unmounted or
 * mounted twice: so it throws rather than skips.
 *
 * @throws {SyntaxError} Names the line and what is wrong with it.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export function parseMountinfo(text: string): MountEntry[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => parseLine(line, index + 1));
}

/** The mounts this process sees. @throws {SyscallError} `ENOENT` where /proc is not mounted. */
export function readMounts(kernel: Kernel): MountEntry[] {
  return parseMountinfo(kernel.readText(MOUNTINFO_PATH, { maxBytes: MOUNTINFO_BYTES_MAX }));
}

/**
 * What lies at `target`, lowest first: each lies on the one before. The order of the text does not tell, since a
 * mount slid beneath another is the newer one.
 */
export function mountsAt(mounts: readonly MountEntry[], target: string): MountEntry[] {
  const here = mounts.filter((mount) => mount.target === target);
  const ids = new Set(here.map((mount) => mount.mountId));
  const isLowest = (mount: MountEntry): boolean =>
    mount.parentId === mount.mountId || !ids.has(mount.parentId);
  const stack = here.filter(isLowest);
  for (let at = stack[0]; at !== undefined;) {
    const { mountId } = at;
    at = here.find((mount) => mount.parentId === mountId && mount.mountId !== mountId);
    if (at !== undefined) stack.push(at);
  }
  return stack;
}

/** The mount that is seen at `target`, or undefined when it is no mount point. */
export function topMountAt(
  mounts: readonly MountEntry[],
  target: string,
): MountEntry | undefined {
  return mountsAt(mounts, target).at(-1);
}

function parseLine(line: string, number: number): MountEntry {
  // The kernel escapes spaces within fields; a field may be empty (a source of "").
  const fields = line.split(" ");
  const separator = fields.indexOf("-", 6);
  if (separator === -1 || fields.length < separator + 4) {
    const what = separator === -1 ? 'has no " - " after six fields' : "has less than three fields";
    const where = separator === -1 ? "" : ' after " - "';
    throw new SyntaxError(`Cannot read line ${number} of mountinfo: it ${what}${where}`);
  }
  const [mountId = "", parentId = "", device = "", root = "", target = "", options = ""] = fields;
  const [fstype = "", source = "", superOptions = ""] = fields.slice(separator + 1);
  return {
    mountId: parseId(mountId, number),
    parentId: parseId(parentId, number),
    device,
    root: unescape(root),
    target: unescape(target),
    options: options.split(","),
    propagation: fields.slice(6, separator),
    fstype,
    source: unescape(source),
    superOptions: superOptions.split(",").map(unescape),
  };
}

function parseId(text: string, line: number): number {
  if (!/^\d{1,10}$/.test(text)) {
    const what = `"${text}" is no mount number, which has 1 to 10 digits`;
    throw new SyntaxError(`Cannot read line ${line} of mountinfo: ${what}`);
  }
  return Number(text);
}

function unescape(field: string): string {
  if (!field.includes("\\")) return field; // As nearly all are.
  return field.replace(
    /\\([0-7]{3})/g,
    (_, octal: string) => String.fromCharCode(parseInt(octal, 8)),
  );
}
