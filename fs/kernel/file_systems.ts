/** File systems made by descriptor: fsopen(2), fsconfig(2), fsmount(2), move_mount(2). */
import { FSCONFIG, FSMOUNT, FSOPEN, FSPICK, NR } from "./constants.ts";
import { attachMount } from "./binds.ts";
import { type Descriptor, descriptor } from "./descriptor.ts";
import { ERRNO } from "./errno.ts";
import type { FileSystemRequest, MountCalls } from "./kernel.ts";
import { cstr, type Libc, textOf } from "./libc.ts";
import { openTarget } from "./mount_target.ts";
import { SyscallError } from "./syscall_error.ts";

/** Bytes of a parameter's value, NUL excluded. Source: fs/fsopen.c, which takes at most 256 with it. */
const VALUE_BYTES_MAX = 255;
/** Bytes of one thing the file system said. */
const SAYING_BYTES_MAX = 1024;
/** Things it said that are kept: the kernel itself keeps the last eight. */
const SAYINGS_MAX = 8;

/** The calls of Linux that make and change file systems by descriptor. */
export function fileSystemCalls(
  libc: Libc,
): Pick<MountCalls, "attachFileSystem" | "reconfigure"> {
  return {
    attachFileSystem: (request) => attachFileSystem(libc, request),

    reconfigure(target, parameters) {
      using place = openTarget(libc, target);
      const flags = FSPICK.CLOEXEC | FSPICK.EMPTY_PATH;
      const fd = libc.call.fspick(NR.fspick, place.fd, cstr(""), flags);
      if (fd < 0) throw libc.refused("fspick", target);
      using context = descriptor(libc, fd, target);
      for (const parameter of parameters) setParameter(libc, context, parameter);
      command(libc, context, FSCONFIG.CMD_RECONFIGURE);
    },
  };
}

function attachFileSystem(libc: Libc, request: FileSystemRequest): void {
  const { source, target, fstype, attributes, parameters } = request;
  using place = openTarget(libc, target);
  const fd = libc.call.fsopen(NR.fsopen, cstr(fstype), FSOPEN.CLOEXEC);
  if (fd < 0) throw libc.refused("fsopen", target);
  using context = descriptor(libc, fd, target);
  for (const parameter of [`source=${source}`, ...parameters]) {
    setParameter(libc, context, parameter);
  }
  command(libc, context, FSCONFIG.CMD_CREATE);
  const mounted = libc.call.fsmount(NR.fsmount, fd, FSMOUNT.CLOEXEC, Number(attributes));
  if (mounted < 0) throw refusal(libc, context, "fsmount");
  using mount = descriptor(libc, mounted, target);
  attachMount(libc, mount, { target: place, flags: 0 });
}

function setParameter(libc: Libc, context: Descriptor, parameter: string): void {
  const at = parameter.indexOf("=");
  const key = cstr(at === -1 ? parameter : parameter.slice(0, at));
  const value = at === -1 ? null : cstr(parameter.slice(at + 1));
  if (value !== null && value.length - 1 > VALUE_BYTES_MAX) {
    const size = `${value.length - 1} bytes, at most ${VALUE_BYTES_MAX}`;
    throw new RangeError(
      `Cannot mount "${context.subject}": the value of "${parameter}" is ${size}`,
    );
  }
  const kind = value === null ? FSCONFIG.SET_FLAG : FSCONFIG.SET_STRING;
  if (libc.call.fsconfig(NR.fsconfig, context.fd, kind, key, value, 0) !== 0) {
    throw refusal(libc, context, "fsconfig", parameter);
  }
}

function command(libc: Libc, context: Descriptor, which: number): void {
  if (libc.call.fsconfig(NR.fsconfig, context.fd, which, null, null, 0) !== 0) {
    throw refusal(libc, context, "fsconfig");
  }
}

/** The refusal of the last call, with the parameter it was about and what the file system said of it. */
function refusal(libc: Libc, context: Descriptor, call: string, parameter = ""): SyscallError {
  const errno = libc.errno();
  const detail = [parameter, ...sayings(libc, context)].filter((each) => each !== "").join("; ");
  const facts = { call, errno, subject: context.subject };
  return new SyscallError(detail === "" ? facts : { ...facts, detail });
}

/** What the file system said, such as `overlay: upper fs is read-only`. */
function sayings(libc: Libc, context: Descriptor): string[] {
  const said: string[] = [];
  while (said.length < SAYINGS_MAX) {
    const buffer = new Uint8Array(SAYING_BYTES_MAX);
    const count = Number(libc.call.read(context.fd, buffer, BigInt(buffer.length)));
    if (count < 0 && libc.errno() === ERRNO.EINTR) continue;
    if (count <= 0) break; // ENODATA: there is no more.
    // A letter tells how grave it is.
    said.push(textOf(buffer.subarray(0, count)).replace(/^[ewi] /, "").trimEnd());
  }
  return said;
}
