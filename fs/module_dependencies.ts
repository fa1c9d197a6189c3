/** Which kernel module needs which: modules.dep, as depmod(8) writes it. */

/** Dependencies of every module, each under its path as written in modules.dep. */
export type ModuleDependencies = ReadonlyMap<string, readonly string[]>;

/**
 * Reads modules.dep: lines of `PATH: PATH PATH …`.
 *
 * @throws {SyntaxError} Names the line that has no colon, or needs a module that has no line.
 */
export function parseModulesDep(text: string): ModuleDependencies {
  const dependencies = new Map<string, readonly string[]>();
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) {
      throw new SyntaxError(
        `Cannot read line ${index + 1} of modules.dep: "${line}" must be "MODULE: DEPENDENCY …"`,
      );
    }
    dependencies.set(line.slice(0, colon), line.slice(colon + 1).split(/\s+/).filter(Boolean));
  }
  for (const [path, needed] of dependencies) {
    const lost = needed.find((each) => !dependencies.has(each));
    if (lost !== undefined) {
      throw new SyntaxError(
        `Cannot read modules.dep: "${path}" needs "${lost}", which has no line`,
      );
    }
  }
  return dependencies;
}

/**
 * Name of a module as the kernel has it: `kernel/fs/xfs/xfs.ko` is `xfs`, and `-` is `_`. A plain name passes, too.
 */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return file.replace(/\.ko(\.(xz|zst|gz))?$/, "").replaceAll("-", "_");
}

/**
 * Paths to load so that `paths` are: each once, each behind what it needs.
 *
 * @throws {RangeError} Names a module that needs itself.
 */
export function loadOrder(dependencies: ModuleDependencies, paths: readonly string[]): string[] {
  const order = new Set<string>();
  const above: string[] = [];
  const visit = (path: string): void => {
    if (order.has(path)) return;
    if (above.includes(path)) {
      const circle = [...above.slice(above.indexOf(path)), path].map(moduleName).join(" needs ");
      throw new RangeError(`Cannot load module "${moduleName(path)}": ${circle}`);
    }
    above.push(path);
    for (const each of dependencies.get(path) ?? []) visit(each);
    above.pop();
    order.add(path);
  };
  for (const path of paths) visit(path);
  return [...order];
}
