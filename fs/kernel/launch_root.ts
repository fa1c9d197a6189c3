/**
 * A root of a process's own, as steps of a launch script.
 *
 * What is bound is opened first, as a clone that nobody else sees, with its flags set. Only then does the new root go
 * over a directory and become the root, and the old one is let go of. Targets are made after that, so that no link in
 * what was bound can lead a step out of the new root.
 */
import {
  AT,
  CLONE,
  MOUNT_ATTR,
  MOVE_MOUNT,
  MS,
  OPEN_TREE,
  S_IF,
  UMOUNT_FLAGS,
} from "./constants.ts";
import { MOUNT_ATTR_BYTES } from "./binds.ts";
import type { ProcessRequest, RootPart } from "./process_calls.ts";
import { LAUNCH, type LaunchStep } from "./launch_steps.ts";

/** What the source of a bind is. */
export type BindSource = "directory" | "file" | "device";

/**
 * Where the new root is before it is the root: every Linux has it, and what it covers then is not needed any more. Only
 * the new namespace sees that.
 */
const STAGE = "/tmp";
/** The root holds directories, links and empty files: they take no pages, but for long links. */
const ROOT_DATA = "mode=0755,size=1m";
const SEALED = MS.NOSUID | MS.NODEV | MS.NOEXEC;
/** Only processes that it may look into are seen, whatever its groups, and of the rest of /proc nothing. */
const PROC_DATA = "hidepid=ptraceable,subset=pid";

type Bind = Extract<RootPart, { kind: "bind" }>;

/** Gives the process a root of `parts`. */
export function rootSteps(
  request: Pick<ProcessRequest, "uid" | "gid">,
  parts: readonly RootPart[],
  sourceOf: (path: string) => BindSource,
): readonly LaunchStep[] {
  const binds = parts.filter((part) => part.kind === "bind")
    .map((part) => ({ part, kind: sourceOf(part.source) }));
  let clones = 0;
  return [
    { call: "unshare", subject: "CLONE_NEWNS", arguments: [CLONE.NEWNS] },
    { call: "mount", subject: "/", arguments: [0, "/", 0, MS.REC | MS.PRIVATE, 0] },
    ...binds.flatMap(({ part, kind }, at) => cloneSteps(part, kind, LAUNCH.FIRST_FD + at)),
    { call: "mount", subject: STAGE, arguments: ["tmpfs", STAGE, "tmpfs", SEALED, ROOT_DATA] },
    { call: "chdir", subject: STAGE, arguments: [STAGE] },
    // The old root comes to lie over the new one, and is taken away from there.
    { call: "pivot_root", subject: STAGE, arguments: [".", "."] },
    { call: "umount2", subject: STAGE, arguments: [".", UMOUNT_FLAGS.MNT_DETACH] },
    { call: "chdir", subject: "/", arguments: ["/"] },
    ...parts.flatMap((part) => {
      if (part.kind !== "bind") return partSteps(part, request);
      const clone = { fd: LAUNCH.FIRST_FD + clones, kind: binds[clones]?.kind ?? "file" };
      clones += 1;
      return attachSteps(part.target, clone);
    }),
    {
      call: "mount_setattr",
      subject: "/",
      arguments: [AT.FDCWD, "/", 0, mountAttributes(MOUNT_ATTR.RDONLY), MOUNT_ATTR_BYTES],
    },
  ];
}

function mountAttributes(set: bigint): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new BigUint64Array([set, 0n, 0n, 0n]).buffer);
}

/** Clones a tree, as descriptor `fd`, and seals it. A device that is bound itself works: it was asked for by name. */
function cloneSteps(part: Bind, kind: BindSource, fd: number): readonly LaunchStep[] {
  const set = MOUNT_ATTR.NOSUID | (kind === "device" ? 0n : MOUNT_ATTR.NODEV) |
    (part.writable ? 0n : MOUNT_ATTR.RDONLY);
  const { source } = part;
  return [
    {
      call: "open_tree",
      subject: source,
      arguments: [AT.FDCWD, source, OPEN_TREE.CLONE | OPEN_TREE.CLOEXEC | AT.RECURSIVE],
    },
    {
      call: "mount_setattr",
      subject: source,
      arguments: [fd, "", AT.EMPTY_PATH | AT.RECURSIVE, mountAttributes(set), MOUNT_ATTR_BYTES],
    },
  ];
}

function attachSteps(
  target: string,
  clone: { readonly fd: number; readonly kind: BindSource },
): readonly LaunchStep[] {
  const file: LaunchStep = {
    call: "mknod",
    subject: target,
    arguments: [target, S_IF.REG | 0o644, 0],
    tolerated: "EEXIST",
  };
  return [
    ...parentSteps(target),
    clone.kind === "directory" ? directoryStep(target) : file,
    {
      call: "move_mount",
      subject: target,
      arguments: [clone.fd, "", AT.FDCWD, target, MOVE_MOUNT.F_EMPTY_PATH],
    },
  ];
}

/** Makes what is not of the machine. */
function partSteps(
  part: Exclude<RootPart, Bind>,
  { uid, gid }: Pick<ProcessRequest, "uid" | "gid">,
): readonly LaunchStep[] {
  const { target } = part;
  const above = parentSteps(target);
  if (part.kind === "link") {
    return [...above, { call: "symlink", subject: target, arguments: [part.source, target] }];
  }
  const data = part.kind === "proc"
    ? PROC_DATA
    : `mode=1777,uid=${uid},gid=${gid},size=${part.sizeBytes}`;
  const fstype = part.kind;
  return [
    ...above,
    directoryStep(target),
    { call: "mount", subject: target, arguments: [fstype, target, fstype, SEALED, data] },
  ];
}

/** Makes the directories above a target. @throws {RangeError} It is no path of the root. */
function parentSteps(target: string): readonly LaunchStep[] {
  const names = target.split("/").slice(1);
  const isPlain = target.startsWith("/") && names.every((name) => !["", ".", ".."].includes(name));
  if (!isPlain) {
    throw new RangeError(
      `Cannot have a part of the root at ${
        JSON.stringify(target)
      }: an absolute path, plain and not "/"`,
    );
  }
  return names.slice(0, -1).map((_, at) => directoryStep(`/${names.slice(0, at + 1).join("/")}`));
}

function directoryStep(path: string): LaunchStep {
  return { call: "mkdir", subject: path, arguments: [path, 0o755], tolerated: "EEXIST" };
}
