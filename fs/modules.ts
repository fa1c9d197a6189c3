/** Loading of kernel modules with what they need. */
// @ts-types="types/std_path_posix.d.ts"
import { join } from "@std/path/posix";
import type { Kernel } from "./kernel/kernel.ts";
import { SyscallError } from "./kernel/syscall_error.ts";
import {
  loadOrder,
  type ModuleDependencies,
  moduleName,
  parseModulesDep,
} from "./module_dependencies.ts";

/** What to load. */
export interface ModulesRequest {
  /** Holds modules.dep, modules.builtin where there is one, and the uncompressed `.ko` files. */
  readonly directory: string;
  /** As modprobe(8) takes them: `-` and `_` are the same. */
  readonly names: readonly string[];
  /** Parameters by name, such as `{ softdog: "soft_margin=30" }`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Bytes of modules.dep and modules.builtin: Debian's whole kernel has 0.6 MB of them. */
const TABLE_BYTES_MAX = 8 * 1024 * 1024;

/** How long a module that is being loaded is waited for, and how often one looks: the largest take seconds. */
const STATE_LOOKS = { timesMax: 5_000, everyMs: 4 };

/**
 * Loads modules and what they need: each once, dependencies first, those that do not need one another at the same
 * time. What is built into the kernel or loaded already is fine.
 *
 * Settles when every load it began has ended.
 *
 * @throws {RangeError} Before anything is loaded: names the modules that are not there.
 * @throws {SyscallError} The kernel's refusal; several as an AggregateError.
 */
export async function loadModules(kernel: Kernel, request: ModulesRequest): Promise<void> {
  const { directory, names } = request;
  const table = join(directory, "modules.dep");
  const dependencies = parseModulesDep(kernel.readText(table, { maxBytes: TABLE_BYTES_MAX }));
  const paths = findPaths(dependencies, names, () => builtinNames(kernel, directory));
  const parameters = new Map(
    Object.entries(request.parameters ?? {}).map(([name, value]) => [moduleName(name), value]),
  );
  const begun = new Map<string, Promise<void>>();
  for (const path of loadOrder(dependencies, paths)) {
    const needed = (dependencies.get(path) ?? []).map((each) => begun.get(each));
    const load = async (): Promise<void> => {
      await Promise.all(needed);
      if (await isLive(kernel, moduleName(path))) return;
      await kernel.loadModule(join(directory, path), parameters.get(moduleName(path)) ?? "");
    };
    begun.set(path, load());
  }
  const ends = await Promise.allSettled(begun.values());
  // A module fails with the error of what it needs: the same error, once.
  const reasons = new Set(ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []));
  if (reasons.size > 1) {
    const messages = [...reasons].map((reason) => String(reason)).join("; ");
    throw new AggregateError(reasons, `Cannot load modules: ${messages}`);
  }
  for (const reason of reasons) throw reason;
}

/**
 * Whether the kernel has the module, once it has made up its mind: one that somebody else is loading is waited for.
 * Asking costs a look; loading it again would read and verify all of it before the kernel says that it is there.
 */
async function isLive(kernel: Kernel, name: string): Promise<boolean> {
  const path = `/sys/module/${name}/initstate`;
  for (let times = 0; times < STATE_LOOKS.timesMax; times++) {
    if (kernel.lstat(path) === undefined) return false;
    if (kernel.readText(path).trim() === "live") return true;
    await new Promise((resolve) => setTimeout(resolve, STATE_LOOKS.everyMs));
  }
  return false;
}

function findPaths(
  dependencies: ModuleDependencies,
  names: readonly string[],
  builtin: () => ReadonlySet<string>,
): string[] {
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  const missing = names.filter((name) => !byName.has(moduleName(name)));
  if (missing.length > 0) {
    const inKernel = builtin();
    const lost = missing.filter((name) => !inKernel.has(moduleName(name)));
    if (lost.length > 0) {
      const what = `neither in modules.dep nor in modules.builtin`;
      throw new RangeError(`Cannot load module "${lost.join('", "')}": ${what}`);
    }
  }
  return names.flatMap((name) => byName.get(moduleName(name)) ?? []);
}

function builtinNames(kernel: Kernel, directory: string): ReadonlySet<string> {
  try {
    const path = join(directory, "modules.builtin");
    const text = kernel.readText(path, { maxBytes: TABLE_BYTES_MAX });
    return new Set(text.split("\n").filter(Boolean).map(moduleName));
  } catch (error) {
    if (!(error instanceof SyscallError && error.is("ENOENT"))) throw error;
    return new Set();
  }
}
