/** A directory that is made for something to be mounted at, or kept in, and goes when that fails. */
// @ts-types="types/std_path_posix.d.ts"
import { dirname } from "@std/path/posix";
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";

/**
 * Makes a directory and what is missing above it. One that exists keeps its mode.
 *
 * @returns The way back: removes again what was made, as far as nothing is in it.
 * @throws {SyscallError} It cannot be made; nothing of it is left.
 */
export function makeDirectory(kernel: Kernel, path: string, mode: number): DisposableStack {
  using undo = new DisposableStack();
  for (const made of missingOf(kernel, path)) undo.defer(() => removeEmpty(kernel, made));
  kernel.mkdir(path, mode);
  return undo.move();
}

/** What is not there of a path, the outermost first. */
function missingOf(kernel: Kernel, path: string): readonly string[] {
  if (path === "/" || kernel.lstat(path) !== undefined) return [];
  return [...missingOf(kernel, dirname(path)), path];
}

/** What refuses to go stays: whoever undoes something has more to tell than this. */
function removeEmpty(kernel: Kernel, path: string): void {
  try {
    kernel.remove(path);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}
