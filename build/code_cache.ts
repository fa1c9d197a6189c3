/**
 * What V8 makes of the agent's code, kept in the image: a process of the machine reads it instead of parsing and
 * compiling, which under emulation takes seconds. The runtime writes such a file itself when it finds none; here it is
 * made once, with its entries in order, so that two builds of one commit are identical.
 */
import { join } from "@std/path/posix";
import { type Binary, compileAgain, reuse } from "./binary.ts";
import { BuildError, oneLine } from "./build_error.ts";
import { type CodeCacheFile, decodeCodeCache, encodeCodeCache } from "./code_cache_file.ts";
import { run } from "./process.ts";
import { humanBytes } from "./progress.ts";
import { withFlagsOf } from "./v8_code.ts";
import { EAGER_V8_FLAGS } from "./v8_flags.ts";
import type { Workshop } from "./workshop.ts";
import { CODE_CACHE } from "../fs/code_cache_paths.ts";

/** Processes of the machine that have one: what `strata read-code` may be followed by, and the module that each is. */
const ROLES = { machine: "machine", apid: "apid_command" } as const;

type Role = keyof typeof ROLES;

/** A directory of one name wherever it is, since the name is in what V8 makes: that of the process's own. */
const HERE = "/proc/self/cwd";

/** Files of the binary's code cache, by role. */
export interface CodeCache {
  readonly key: string;
  /** Paths of the files. */
  readonly of: Readonly<Record<Role, string>>;
}

/**
 * Has the binary read the code of each role, and keeps what V8 made of it: of all functions, though in the machine V8
 * compiles one when it first runs. By itself it gives what it compiled with the module, and every other function would be
 * compiled at each boot.
 */
export async function makeCodeCache(workshop: Workshop, binary: Binary): Promise<CodeCache> {
  return await workshop.progress.step("code cache", async (note) => {
    const entry = await workshop.cache.entry({
      step: "code-cache",
      inputs: [workshop.recipe, binary.key],
      make: async (directory) => {
        const eagerly = await compileAgain(workshop, binary, EAGER_V8_FLAGS);
        for (const role of ["machine", "apid"] as const) {
          const lazy = await codeRead(workshop, { program: binary.path, role });
          const eager = await codeRead(workshop, { program: eagerly, role });
          await Deno.writeFile(join(directory, role), encodeCodeCache(takenBy(lazy, eager)));
        }
      },
    });
    const of = { machine: join(entry.path, "machine"), apid: join(entry.path, "apid") };
    const sizes = await Promise.all(
      Object.values(of).map(async (path) => (await Deno.stat(path)).size),
    );
    note(reuse(entry, humanBytes(sizes.reduce((sum, each) => sum + each, 0))));
    return { key: entry.key, of };
  });
}

/** The code of `eager`, for the program that made `lazy`. */
function takenBy(lazy: CodeCacheFile, eager: CodeCacheFile): CodeCacheFile {
  const codes = new Map(eager.entries.map(({ specifier, data }) => [specifier, data]));
  const entries = lazy.entries.map((entry) => {
    const code = codes.get(entry.specifier);
    if (code === undefined) throw new BuildError(`Cannot keep code of "${entry.specifier}" whole`);
    return { ...entry, data: withFlagsOf(entry.data, code) };
  });
  return { ...lazy, entries };
}

/** Runs the program where no cache is, and takes the one it writes: named as where the machine's will be. */
async function codeRead(
  workshop: Workshop,
  { program, role }: { readonly program: string; readonly role: Role },
): Promise<CodeCacheFile> {
  const name = CODE_CACHE.slice(CODE_CACHE.lastIndexOf("/") + 1);
  const directory = await Deno.makeTempDir({ prefix: "strata-code-" });
  try {
    await run(program, {
      args: ["read-code", role],
      cwd: directory,
      env: { TMPDIR: HERE },
      signal: workshop.signal,
    });
    const written = await Deno.readFile(join(directory, name)).catch((error: unknown) => {
      throw new BuildError(
        `Cannot keep code of "${role}", which the runtime wrote: ${oneLine(error)}`,
      );
    });
    const file = decodeCodeCache(written);
    // It writes the file once, and what is read behind that is in none.
    const isWhole = file.entries.some(({ specifier }) => specifier.includes(`/${ROLES[role]}-`));
    if (!isWhole) throw new BuildError(`Cannot keep code of "${role}": the runtime did not`);
    return inMachine(file);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Modules are known by where they would be unpacked, which is beside the cache. */
function inMachine(file: CodeCacheFile): CodeCacheFile {
  const from = `file://${HERE}/`;
  const to = `file://${CODE_CACHE.slice(0, CODE_CACHE.lastIndexOf("/"))}/`;
  const entries = file.entries.map((entry) => {
    if (!entry.specifier.startsWith(from)) {
      throw new BuildError(`Cannot keep code of "${entry.specifier}": must be below "${HERE}"`);
    }
    return { ...entry, specifier: to + entry.specifier.slice(from.length) };
  });
  return { ...file, entries };
}
