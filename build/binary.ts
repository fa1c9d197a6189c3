import { join } from "@std/path/posix";
import type { CacheEntry } from "./cache.ts";
import { nameChunks } from "./chunk_names.ts";
import { type Denort, findDenort } from "./denort.ts";
import { run } from "./process.ts";
import { humanBytes } from "./progress.ts";
import { checkDeno, DENO_VERSION } from "./toolchain.ts";
import { V8_FLAGS } from "./v8_flags.ts";
import { digestSources, sourceFolders, type Workshop } from "./workshop.ts";

/** The process of the machine that starts again and again, and is waited for at the boot. */
const NETWORK_FACE = "roles/apid_command.ts";

/** A compiled program in the cache. */
export interface Binary {
  readonly path: string;
  readonly key: string;
  readonly denort: Denort;
  /** What was compiled. */
  readonly bundle: CacheEntry;
}

/** The toolchain, checked: Deno is the pinned one, and there is a runtime to compile with. */
export async function openToolchain(workshop: Workshop): Promise<Denort> {
  return await workshop.progress.step("toolchain", async (note) => {
    checkDeno(Deno.version.deno, Deno.build.target);
    const denort = await findDenort(workshop);
    note(`Deno ${DENO_VERSION}, denort from ${denort.source}`);
    return denort;
  });
}

/**
 * Bundles and compiles the program whose entry module is `entry`, relative to the checkout.
 * The same sources give the same bytes.
 */
export async function compileBinary(
  workshop: Workshop,
  program: { readonly entry: string; readonly denort: Denort },
): Promise<Binary> {
  const { progress } = workshop;
  const { denort } = program;
  const bundle = await progress.step("bundle", async (note) => {
    const entry = await bundled(workshop, program.entry);
    note(reuse(entry, humanBytes(await folderBytes(entry.path))));
    return entry;
  });
  return await progress.step("compile", async (note) => {
    const entry = await compiled(workshop, { bundle, denort, v8Flags: V8_FLAGS });
    const path = programOf(entry);
    note(reuse(entry, humanBytes((await Deno.stat(path)).size)));
    return { path, key: entry.key, denort, bundle };
  });
}

/** Compiles the program once more, with other flags for V8. @returns Where it is. */
export async function compileAgain(
  workshop: Workshop,
  { bundle, denort }: Binary,
  v8Flags: string,
): Promise<string> {
  return programOf(await compiled(workshop, { bundle, denort, v8Flags }));
}

function programOf(compiled: CacheEntry): string {
  return join(compiled.path, "strata");
}

/** `text`, and whether the step was spared. */
export function reuse(entry: CacheEntry, text: string): string {
  return entry.reused ? `${text}, reused` : text;
}

/**
 * One file per dynamic import instead of `node_modules`: `deno compile` would embed all of
 * that (hundreds of megabytes), and one file starts faster than its thousand sources.
 */
async function bundled(workshop: Workshop, entry: string): Promise<CacheEntry> {
  const { root, signal } = workshop;
  const sources = await digestSources(root, { under: await sourceFolders(root) });
  return await workshop.cache.entry({
    step: "bundle",
    inputs: [DENO_VERSION, workshop.recipe, sources, entry],
    make: async (directory) => {
      const out = join(directory, "bundle");
      await bundle({ root, signal }, { entry, out, flags: ["--code-splitting"] });
      await Deno.rename(join(out, `${stemOf(entry)}.js`), join(out, "strata.js"));
      await nameChunks(out, "strata.js");
      await bundleAlone({ root, signal }, { entry: NETWORK_FACE, out, directory });
    },
  });
}

/** Bundles `entry` and what it imports. */
async function bundle(
  { root, signal }: Pick<Workshop, "root" | "signal">,
  { entry, out, flags }: {
    readonly entry: string;
    readonly out: string;
    readonly flags: readonly string[];
  },
): Promise<void> {
  // Packages' entries for browsers are ES modules on web standards; those for Node may call
  // require(), which a bundle has not. Of some packages, tslib one, only those for bundlers are.
  const target = ["--platform=browser", "--conditions=module", "--external", "node:*"];
  const lock = await Deno.stat(join(root, "deno.lock")).then(
    () => ["--lock=deno.lock", "--frozen"],
    () => [],
  );
  const args = ["bundle", "--quiet", ...target, "--minify", ...flags, ...lock];
  await run(Deno.execPath(), { args: [...args, "--outdir", out, entry], cwd: root, signal });
}

/**
 * Puts a bundle of its own in the place of the file that `entry` became in the bundle `out`. What files share is cut by
 * files and not by what each needs of them: a process that wants to start soon would read the descriptors of others.
 */
async function bundleAlone(
  workshop: Pick<Workshop, "root" | "signal">,
  { entry, out, directory }: {
    readonly entry: string;
    readonly out: string;
    readonly directory: string;
  },
): Promise<void> {
  const name = new RegExp(`^${stemOf(entry)}-[0-9]+\\.js$`);
  const shared = (await Array.fromAsync(Deno.readDir(out))).find((each) => name.test(each.name));
  if (shared === undefined) return; // A program without it, such as a bench's.
  const alone = join(directory, "alone");
  await bundle(workshop, { entry, out: alone, flags: [] });
  await Deno.rename(join(alone, `${stemOf(entry)}.js`), join(out, shared.name));
  await Deno.remove(alone, { recursive: true });
}

function stemOf(entry: string): string {
  return entry.slice(entry.lastIndexOf("/") + 1).replace(/\.ts$/, "");
}

/**
 * The clean folder is the point: nothing of the checkout can slip into the binary. Keyed by
 * what the bundle holds: sources that changed without changing it cost no compile.
 */
async function compiled(
  workshop: Workshop,
  from: { readonly bundle: CacheEntry; readonly denort: Denort; readonly v8Flags: string },
): Promise<CacheEntry> {
  const { sourceDateEpoch, signal } = workshop;
  const held = await digestSources(from.bundle.path, { under: ["bundle"] });
  return await workshop.cache.entry({
    step: "compile",
    inputs: [
      workshop.recipe,
      held,
      from.denort.sha256,
      String(sourceDateEpoch),
      from.v8Flags,
    ],
    make: async (directory) => {
      const clean = await Deno.makeTempDir({ prefix: "strata-compile-" });
      try {
        const bundle = join(from.bundle.path, "bundle");
        for await (const { name } of Deno.readDir(bundle)) {
          await Deno.copyFile(join(bundle, name), join(clean, name));
          // The time is embedded, and would make every build another binary.
          await Deno.utime(join(clean, name), sourceDateEpoch, sourceDateEpoch);
        }
        const flags = ["--quiet", "-A", "--no-check", "--no-config", `--v8-flags=${from.v8Flags}`];
        await run(Deno.execPath(), {
          args: ["compile", ...flags, "--output", join(directory, "strata"), "strata.js"],
          cwd: clean,
          env: { DENORT_BIN: from.denort.path },
          signal,
        });
      } finally {
        await Deno.remove(clean, { recursive: true });
      }
    },
  });
}

async function folderBytes(path: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isFile } of Deno.readDir(join(path, "bundle"))) {
    if (isFile) bytes += (await Deno.stat(join(path, "bundle", name))).size;
  }
  return bytes;
}
