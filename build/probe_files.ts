import { dirname, join, relative } from "@std/path/posix";
import { toolPath } from "./host_tools.ts";
import { run } from "./process.ts";

/** Entries of the test image's tree at most. */
const FILES_MAX = 200;

/**
 * Copies the test image's own files from `from` to the tree at `to`. A C source becomes a
 * static program of its name without `.c`.
 */
export async function plantProbeFiles(
  from: string,
  options: { readonly to: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const path of await filesBelow(from)) {
    const target = join(options.to, relative(from, path));
    await Deno.mkdir(dirname(target), { recursive: true });
    if (!path.endsWith(".c")) {
      await Deno.copyFile(path, target);
      continue;
    }
    await compileC(path, { to: target.slice(0, -".c".length), signal: options.signal });
  }
}

/** Compiles one C source to a static program. */
export async function compileC(
  source: string,
  options: { readonly to: string; readonly signal: AbortSignal },
): Promise<void> {
  const args = ["-static", "-O2", "-Wall", "-Wl,--build-id=none", "-o", options.to, source];
  await run(await toolPath("cc"), { args, signal: options.signal });
}

/** All files below a directory, sorted; none when it is not there. @throws {RangeError} Too many. */
export async function filesBelow(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  const pending = [directory];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let entries: Deno.DirEntry[];
    try {
      entries = await Array.fromAsync(Deno.readDir(next));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound && next === directory) return [];
      throw error;
    }
    for (const { name, isDirectory } of entries) {
      (isDirectory ? pending : files).push(join(next, name));
    }
    if (files.length > FILES_MAX) {
      throw new RangeError(`Cannot take more than ${FILES_MAX} files from "${directory}"`);
    }
  }
  return files.sort();
}
