/** What the parts of the kernel's suite share: the workbench and assertions on it. */
// @ts-types="types/std_assert.d.ts"
import { assert, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import type { ERRNO } from "../../fs/kernel/errno.ts";
import type { Kernel, MountRequest } from "../../fs/kernel/kernel.ts";
import { SyscallError } from "../../fs/kernel/syscall_error.ts";

/** A kernel and a place to work in; disposing of it cleans up. */
export interface Workbench extends Disposable {
  readonly kernel: Kernel;
  /** An empty directory on a writable tmpfs of its own. */
  readonly root: string;
  readonly tools: Tools;
  /** An empty control group, in which groups may be made. */
  readonly cgroup: string;
  makeFifo(path: string): void;
  /** Gives a file, or a link itself, extended attributes. */
  setAttributes(path: string, attributes: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): void;
  /** Has the kernel say `text`, as whoever writes to /dev/kmsg does. */
  sayToKernel(text: string): void;
  /** Makes a squashfs image with these files (contents by path). */
  makeImage(path: string, files: Readonly<Record<string, string>>): void;
}

/** Paths of programs the suite runs. */
export interface Tools {
  /** Prints its arguments on one line, then `PATH=…` of its environment; `err` on stderr; ends with code 7. */
  readonly talker: string;
  /** Ends itself by SIGTERM. */
  readonly killed: string;
  /** Never ends by itself. */
  readonly sleeper: string;
  /** Prints a million bytes. */
  readonly chatty: string;
}

/** One test of the suite, given a fresh workbench. */
export type Claim = (name: string, body: (bench: Workbench) => void | Promise<void>) => void;

/** Asserts that `act` is refused with one of `codes`. */
export function assertRefused(
  act: () => unknown,
  ...codes: readonly (keyof typeof ERRNO)[]
): SyscallError {
  const error = assertThrows(act, SyscallError);
  assert(error.is(...codes), `${error.message}: expected ${codes.join(" or ")}`);
  return error;
}

/** Asserts that what `act` promises is refused with one of `codes`. */
export async function assertRefusedLater(
  act: () => Promise<unknown>,
  ...codes: readonly (keyof typeof ERRNO)[]
): Promise<void> {
  const error = await assertRejects(act, SyscallError);
  assertInstanceOf(error, SyscallError);
  assert(error.is(...codes), `${error.message}: expected ${codes.join(" or ")}`);
}

/** A tmpfs at a directory that is there. */
export function tmpfsAt(target: string): MountRequest {
  return { source: "tmpfs", target, fstype: "tmpfs", flags: 0n, data: "size=1m,mode=0755" };
}

/** The lines of mountinfo for what is mounted at `path`, in the order in which they were made. */
export function mountLines(kernel: Kernel, path: string): string[] {
  const lines = kernel.readText("/proc/self/mountinfo").split("\n");
  return lines.filter((line) => line.split(" ")[4] === path);
}
