import { join } from "@std/path/posix";
import { BuildError } from "./build_error.ts";
import type { Cache } from "./cache.ts";
import { digestFile, digestOf } from "./digest.ts";
import { finish } from "./process.ts";
import type { Progress } from "./progress.ts";

/** What every build step works with. */
export interface Workshop {
  /** The checkout: absolute. */
  readonly root: string;
  /** What deno.json calls this version. */
  readonly version: string;
  /** The commit, with `-dirty` where the checkout differs from it; empty when not known. */
  readonly buildId: string;
  /** Seconds since 1970 that every file made here bears. */
  readonly sourceDateEpoch: number;
  /** SHA-256 of build.ts, build/ and what they share with the agent: who changes a recipe gets new results. */
  readonly recipe: string;
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Used where there is neither SOURCE_DATE_EPOCH nor git: 2025-01-01. */
const EPOCH_DEFAULT = 1_735_689_600;

/** Asks git for the commit alone, never a tag. */
const DESCRIBE = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];

/** Folders of the checkout that hold no source. */
const NOT_SOURCE = new Set(["dist", "node_modules", "coverage"]);

/** What decides how the image is made: the builder, and what it shares with the agent. */
const RECIPE = [
  "build",
  "build.ts",
  "fs/image_archive.ts",
  "fs/kernel/constants.ts",
  "fs/kernel/launch_steps.ts",
  "fs/manifest.ts",
  "fs/manifest_signature.ts",
  "fs/verity_layout.ts",
  "fs/verity_tree.ts",
];

/** Files of the checkout counted at most: ten times what it holds, against a stray tree in it. */
const SOURCES_MAX = 10_000;

/**
 * Opens the workshop in the checkout at `root`.
 *
 * @throws {Deno.errors.NotFound} There is no deno.json.
 */
export async function openWorkshop(
  root: string,
  parts: Pick<Workshop, "cache" | "progress" | "signal">,
): Promise<Workshop> {
  const config: unknown = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const version = typeof config === "object" && config !== null && "version" in config
    ? String(config.version)
    : "0.0.0";
  return {
    ...parts,
    root,
    version,
    buildId: await git(root, { args: DESCRIBE, signal: parts.signal }),
    sourceDateEpoch: await sourceDateEpoch(root, parts.signal),
    recipe: await digestSources(root, { under: RECIPE }),
  };
}

/** The time files are given: SOURCE_DATE_EPOCH, else that of the last commit, else a fixed one. */
async function sourceDateEpoch(root: string, signal: AbortSignal): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ?? "";
  if (/^\d{1,10}$/.test(given)) return Number(given);
  const committed = await git(root, { args: ["log", "-1", "--format=%ct"], signal });
  return /^\d{1,10}$/.test(committed) ? Number(committed) : EPOCH_DEFAULT;
}

/** What git says of the checkout, or nothing where there is no git or no repository. */
async function git(
  root: string,
  ask: { readonly args: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  try {
    const { code, stdout } = await finish("git", {
      args: ["-C", root, ...ask.args],
      signal: ask.signal,
    });
    return code === 0 ? stdout.trim() : "";
  } catch (error) {
    if (error instanceof BuildError) return "";
    throw error;
  }
}

/**
 * SHA-256 over the names and contents of the checkout's source files below `under`
 * (files or folders, relative to `root`), unit tests left out.
 */
export async function digestSources(
  root: string,
  options: { readonly under: readonly string[] },
): Promise<string> {
  const files: string[] = [];
  for (const name of options.under) await collect(root, { name, files });
  files.sort();
  const parts: string[] = [];
  for (const name of files) parts.push(name, await digestFile(join(root, name)));
  return digestOf(parts);
}

/** Names at the top of the checkout that hold source: everything but results and hidden files. */
export async function sourceFolders(root: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(root)) {
    if (!name.startsWith(".") && !NOT_SOURCE.has(name)) names.push(name);
  }
  return names.sort();
}

async function collect(root: string, into: { name: string; files: string[] }): Promise<void> {
  const { name, files } = into;
  let stat: Deno.FileInfo;
  try {
    stat = await Deno.stat(join(root, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!stat.isDirectory) {
    if (name.endsWith("_test.ts") || name.endsWith(".md")) return;
    if (files.length >= SOURCES_MAX) {
      throw new RangeError(`Cannot count more than ${SOURCES_MAX} sources`);
    }
    files.push(name);
    return;
  }
  for await (const entry of Deno.readDir(join(root, name))) {
    if (entry.name.startsWith(".") || entry.isSymlink) continue;
    await collect(root, { name: join(name, entry.name), files });
  }
}
