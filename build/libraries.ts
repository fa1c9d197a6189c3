import { BuildError } from "./build_error.ts";
import { run } from "./process.ts";

/**
 * The shared libraries that `programs` load, the loader itself included: absolute paths as
 * the loader looks for them, sorted.
 *
 * @param options `first` is a directory that is looked through before this host's own.
 * @throws {BuildError} One is not on this host.
 */
export async function librariesOf(
  programs: readonly string[],
  { signal, first }: { readonly signal: AbortSignal; readonly first?: string },
): Promise<readonly string[]> {
  const paths = new Set<string>();
  for (const program of programs) {
    const env = first === undefined ? {} : { LD_LIBRARY_PATH: first };
    const output = await run("ldd", { args: [program], env, signal });
    for (const path of parseLdd(output)) paths.add(path);
  }
  return [...paths].sort();
}

/** The paths in what ldd prints. @throws {BuildError} A library was not found. */
export function parseLdd(output: string): readonly string[] {
  const paths: string[] = [];
  for (const line of output.split("\n")) {
    const absent = /^\s*(\S+) => not found/.exec(line)?.[1];
    if (absent !== undefined) {
      throw new BuildError(`Cannot find shared library "${absent}" on this host`);
    }
    const path = /^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/.exec(line)?.[1];
    if (path !== undefined) paths.push(path);
  }
  return paths;
}
